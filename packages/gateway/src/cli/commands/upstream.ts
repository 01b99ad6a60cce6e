import { listFaults, listProfiles, startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import { startAdvice } from "../../server/listen.ts";
import { type Command, CommandError, textOf, wholeNumberOf } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { untilStopped } from "../serve/until-stopped.ts";
import { tableLines } from "../table.ts";

/** Beside the gateway's own 8787. */
const USUAL_PORT = 8788;
const LARGEST_SEED = 2 ** 32 - 1;

/** `tideover upstream` */
export const upstream: Command = {
  name: "upstream",
  summary: (messages) => messages.upstreamSummary,
  examples: ["tideover upstream --profile peak", "tideover upstream --profile faults --port 8790 --seed 7"],
  flags: (messages) => ({
    profile: {
      type: "enum",
      options: listProfiles().map(({ name }) => name),
      default: "calm",
      description: messages.profileFlag,
    },
    host: { type: "string", valueHint: "address", default: "127.0.0.1", description: messages.hostFlag },
    port: { type: "string", valueHint: "number", default: String(USUAL_PORT), description: messages.portFlag },
    seed: { type: "string", valueHint: "number", default: "1", description: messages.seedFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  details: (messages) =>
    [
      `${messages.profilesTitle}:`,
      ...tableLines(listProfiles().map(({ name, description }) => [name, description])),
      "",
      `${messages.faultsTitle}:`,
      ...tableLines(listFaults().map(({ name, description }) => [`fault-${name}`, description])),
    ].join("\n"),
  async run(args, { io, messages }) {
    const profile = textOf(args, "profile") ?? "calm";
    const host = textOf(args, "host") ?? "127.0.0.1";
    const port = wholeNumberOf(args, "port", { least: 0, most: 65_535 }, messages) ?? USUAL_PORT;
    const seed = wholeNumberOf(args, "seed", { least: 0, most: LARGEST_SEED }, messages) ?? 1;
    const server = await startUpstreamServer({ profile, seed, port, host }).catch((error: unknown): UpstreamServer => {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      throw new CommandError(startAdvice(code, host, port, message));
    });
    if (args.json === true) {
      io.stdout.write(`${JSON.stringify({ event: "listening", url: server.url, profile, seed, simulated: true })}\n`);
    } else {
      const lines = [
        messages.upstreamAt(server.url, profile),
        messages.upstreamBaseUrl(server.url),
        `${messages.upstreamFaults}: fault-503, fault-cut-20 (tideover upstream --help)`,
      ];
      io.stdout.write(`${lines.join("\n")}\n`);
    }
    await untilStopped(io, () => server.close());
    return EXIT.ok;
  },
};
