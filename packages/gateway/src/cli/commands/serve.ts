import { LOG_LEVELS } from "../../logging/index.ts";
import { type Arguments, type Command, type CommandContext, CommandError, textOf, wholeNumberOf } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { ConfigurationSource } from "../serve/announce.ts";
import { type FoundConfiguration, findConfiguration } from "../serve/find-configuration.ts";
import { refusal } from "../serve/refusal.ts";
import { runGateway, type Started } from "../serve/run-gateway.ts";

/** `tideover serve` */
export const serve: Command = {
  name: "serve",
  summary: (messages) => messages.serveSummary,
  examples: ["tideover serve", "tideover serve --config shop.yaml --port 9000", "tideover serve --json 2> gateway.log"],
  flags: (messages) => ({
    config: { type: "string", valueHint: "file", description: messages.configFlag },
    host: { type: "string", valueHint: "address", description: messages.hostFlag },
    port: { type: "string", valueHint: "number", description: messages.portFlag },
    "log-level": { type: "enum", options: [...LOG_LEVELS], default: "info", description: messages.logLevelFlag },
    json: { type: "boolean", description: messages.serveJsonFlag },
  }),
  async run(args, context) {
    const { io, messages } = context;
    const port = wholeNumberOf(args, "port", { least: 0, most: 65_535 }, messages);
    const found = await findConfiguration(textOf(args, "config"), io.folder, io.env);
    if (found.from === "nothing") {
      // Loaded only here: the simulator would cost every real gateway a quarter of a second and 45 MB.
      const { startDemo } = await import("../serve/demo.ts");
      const demo = await startDemo(messages.initTemplateDefault);
      try {
        return await start({ configuration: demo.configuration, source: { from: "demo" } }, port, args, context);
      } finally {
        await demo.close();
      }
    }
    const { configuration } = found;
    if ("issues" in configuration) throw new CommandError(refusal(configuration.issues, found, messages));
    return start({ configuration, source: sourceOf(found), path: pathOf(found) }, port, args, context);
  },
};

function start(
  started: Omit<Started, "overrides" | "logLevel" | "json">,
  port: number | undefined,
  args: Arguments,
  context: CommandContext,
): Promise<ExitCode> {
  const logLevel = LOG_LEVELS.find((level) => level === args["log-level"]) ?? "info";
  const overrides = { host: textOf(args, "host"), port };
  return runGateway({ ...started, overrides, logLevel, json: args.json === true }, context).then(() => EXIT.ok);
}

function sourceOf(found: Exclude<FoundConfiguration, { from: "nothing" }>): ConfigurationSource {
  return found.from === "file" ? { from: "file", file: found.shownAs } : { from: "environment" };
}

function pathOf(found: FoundConfiguration): string | undefined {
  return found.from === "file" ? found.path : undefined;
}
