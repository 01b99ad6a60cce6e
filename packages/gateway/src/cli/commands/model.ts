import { existsSync } from "node:fs";
import { DEVICE_NAMES, DTYPE_NAMES } from "../../models/choices.ts";
import { DEFAULT_DTYPE, DEFAULT_MODEL, SMALL_MODEL } from "../../models/defaults.ts";
import { explainProblem } from "../../models/explain-problem.ts";
import { HUB_NAMES } from "../../models/hub.ts";
import { ModelError } from "../../models/model-error.ts";
import { isRepositoryName, modelFolder, modelsFolder } from "../../models/models-folder.ts";
import { ModelAnswerError } from "../../models/read-generation.ts";
import { type Arguments, type Command, type CommandContext, CommandError, textOf, UsageError } from "../command.ts";
import type { ExitCode } from "../exit-code.ts";
import type { ModelChoice } from "../model/model-choice.ts";
import { nearestName } from "../nearest.ts";

/** The actions, each loaded when it is asked for. */
const ACTIONS = {
  pull: async () => (await import("../model/pull.ts")).pull,
  list: async () => (await import("../model/list.ts")).list,
  verify: async () => (await import("../model/verify.ts")).verify,
  remove: async () => (await import("../model/remove.ts")).remove,
  run: async () => (await import("../model/run.ts")).run,
  bench: async () => (await import("../model/bench.ts")).bench,
  servers: async () => (await import("../model/servers.ts")).servers,
} as const;

/** `tideover model` */
export const model: Command = {
  name: "model",
  summary: ({ model: messages }) => messages.summary,
  details: ({ model: messages }) => messages.details(DEFAULT_MODEL, SMALL_MODEL, modelsFolder({})),
  examples: [
    "tideover model pull",
    `tideover model pull ${SMALL_MODEL} --dtype q4f16`,
    "tideover model list --json",
    `tideover model run ${SMALL_MODEL} --prompt "How high is the tide?"`,
    "tideover model bench",
    "tideover model servers --warm",
  ],
  flags: ({ model: messages, jsonFlag }) => ({
    action: { type: "positional", required: true, description: messages.actionFlag },
    model: { type: "positional", required: false, description: messages.modelFlag },
    dtype: { type: "enum", options: [...DTYPE_NAMES], default: DEFAULT_DTYPE, description: messages.dtypeFlag },
    from: { type: "enum", options: [...HUB_NAMES], default: "huggingface", description: messages.fromFlag },
    revision: { type: "string", valueHint: "name", description: messages.revisionFlag },
    device: { type: "enum", options: [...DEVICE_NAMES], default: "cpu", description: messages.deviceFlag },
    threads: { type: "string", valueHint: "number", description: messages.threadsFlag },
    context: { type: "string", valueHint: "tokens", default: "4096", description: messages.contextFlag },
    prompt: { type: "string", valueHint: "text", description: messages.promptFlag },
    tokens: { type: "string", valueHint: "number", default: "256", description: messages.tokensFlag },
    temperature: { type: "string", valueHint: "number", description: messages.temperatureFlag },
    ports: { type: "string", valueHint: "list", description: messages.portsFlag },
    warm: { type: "boolean", description: messages.warmFlag },
    yes: { type: "boolean", description: messages.yesFlag },
    json: { type: "boolean", description: jsonFlag },
  }),
  async run(args, context) {
    const { messages, io } = context;
    const asked = textOf(args, "action") ?? "";
    const load = isAction(asked) ? ACTIONS[asked] : undefined;
    if (load === undefined) {
      const nearest = nearestName(asked, Object.keys(ACTIONS));
      throw new UsageError(messages.notOneOf("ACTION", nearest ?? asked, Object.keys(ACTIONS).join(", ")));
    }
    const act = await load();
    const stop = new AbortController();
    const removers = (["SIGINT", "SIGTERM"] as const).map((signal) => io.onSignal(signal, () => stop.abort()));
    try {
      return await act(choiceOf(asked, args, context), stop.signal, context);
    } catch (error) {
      if (error instanceof ModelError) throw new CommandError(explainProblem(error.problem, messages.model));
      if (error instanceof ModelAnswerError) throw new CommandError(messages.model.failed(error.message));
      throw error;
    } finally {
      for (const remove of removers) remove();
    }
  },
};

/** What an action does. */
export type ModelAction = (choice: ModelChoice, signal: AbortSignal, context: CommandContext) => Promise<ExitCode>;

function isAction(text: string): text is keyof typeof ACTIONS {
  return Object.hasOwn(ACTIONS, text);
}

/** The model that is meant, and where it lies. */
function choiceOf(action: string, args: Arguments, { io, messages }: CommandContext): ModelChoice {
  const models = modelsFolder(io.env);
  const named = textOf(args, "model");
  if (named === undefined && (action === "remove" || action === "verify")) {
    throw new UsageError(messages.model.needsModel(action));
  }
  const name = named ?? DEFAULT_MODEL;
  const folder = isRepositoryName(name) ? modelFolder(name, models) : name;
  if (!isRepositoryName(name) && (action === "pull" || !existsSync(folder))) {
    throw new UsageError(messages.model.notARepository(name));
  }
  return { name, models, folder, args };
}
