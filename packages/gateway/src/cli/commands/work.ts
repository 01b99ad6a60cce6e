import { givesTickets } from "../../jobs/open-jobs.ts";
import { LOG_LEVELS } from "../../logging/index.ts";
import { isEmbedded } from "../../stores/shared-postgres.ts";
import { type Command, CommandError, textOf } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { findConfiguration } from "../serve/find-configuration.ts";
import { refusal } from "../serve/refusal.ts";

/** `tideover work` */
export const work: Command = {
  name: "work",
  summary: (messages) => messages.jobs.workSummary,
  examples: ["tideover work", "tideover work --config shop.yaml"],
  flags: (messages) => ({
    config: { type: "string", valueHint: "file", description: messages.configFlag },
    "log-level": { type: "enum", options: [...LOG_LEVELS], default: "info", description: messages.logLevelFlag },
    json: { type: "boolean", description: messages.serveJsonFlag },
  }),
  async run(args, context) {
    const { io, messages } = context;
    const found = await findConfiguration(textOf(args, "config"), io.folder, io.env);
    if (found.from === "nothing") throw new CommandError(messages.nothingToCheck);
    const { configuration } = found;
    if ("issues" in configuration) throw new CommandError(refusal(configuration.issues, found, messages));
    const { config } = configuration;
    if (!givesTickets(config)) throw new CommandError(messages.jobs.workNeedsTickets);
    if (isEmbedded(config.stores.jobs)) throw new CommandError(messages.jobs.workNeedsSharedStore);
    // Loaded only here: the other commands need none of it.
    const { runWorker } = await import("../serve/run-worker.ts");
    const logLevel = LOG_LEVELS.find((level) => level === args["log-level"]) ?? "info";
    const path = found.from === "file" ? found.path : undefined;
    try {
      await runWorker({ config, path, logLevel, json: args.json === true }, context);
      return EXIT.ok;
    } catch (error) {
      if (error instanceof Error && /^(Condition|ProviderSettings|StoreSettings|Store)Error$/.test(error.name)) {
        throw new CommandError(error.message);
      }
      throw error;
    }
  },
};
