import { dirname, resolve } from "node:path";
import { backUp } from "../../stores/embedded/back-up.ts";
import { StoreError } from "../../stores/embedded/store-error.ts";
import { type Command, CommandError, textOf, UsageError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { findConfiguration } from "../serve/find-configuration.ts";
import { refusal } from "../serve/refusal.ts";
import { tableLines } from "../table.ts";

/** `tideover backup` */
export const backup: Command = {
  name: "backup",
  summary: (messages) => messages.backup.summary,
  examples: ["tideover backup copies/2026-11-22", "tideover backup copies/today --config staging.yaml --json"],
  flags: (messages) => ({
    to: { type: "positional", required: false, valueHint: "folder", description: messages.backup.toFlag },
    config: { type: "string", valueHint: "file", description: messages.configFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  async run(args, { io, messages }) {
    const given = textOf(args, "to");
    if (given === undefined) throw new UsageError(messages.backup.needsTo);
    const found = await findConfiguration(textOf(args, "config"), io.folder, io.env);
    if (found.from === "nothing") throw new CommandError(messages.nothingToCheck);
    const { configuration } = found;
    if ("issues" in configuration) throw new CommandError(refusal(configuration.issues, found, messages));
    const folder = found.from === "file" ? dirname(found.path) : io.folder;
    const to = resolve(io.folder, given);
    const copied = copy(resolve(folder, configuration.config.server.dataDir), to);
    if (args.json === true) io.stdout.write(`${JSON.stringify({ to, copied })}\n`);
    else {
      const rows = copied.map(({ file, bytes }) => [file, String(bytes)]);
      io.stdout.write(`${[...tableLines([messages.backup.columns, ...rows]), messages.backup.done(to)].join("\n")}\n`);
    }
    return EXIT.ok;
  },
};

function copy(from: string, to: string) {
  try {
    return backUp(from, to);
  } catch (error) {
    throw error instanceof StoreError ? new CommandError(error.message) : error;
  }
}
