import { availableParallelism } from "node:os";
import { createLocalModel, type LocalModel, type LocalModelEvent, readDevice, readDtype } from "@tideover/local-model";
import { DEFAULT_DTYPE } from "../../models/defaults.ts";
import { systemClock } from "../../system.ts";
import { type Arguments, type CommandContext, textOf, UsageError, wholeNumberOf } from "../command.ts";

/** The model that a command line means. */
export interface ModelChoice {
  /** As written, or the default. */
  readonly name: string;
  readonly folder: string;
  /** The folder of all models. */
  readonly models: string;
  readonly args: Arguments;
}

/** The chosen number format. */
export function dtypeOf({ args }: ModelChoice) {
  return readDtype(textOf(args, "dtype") ?? DEFAULT_DTYPE) ?? "q4";
}

/** The chosen model, ready to be loaded, and how many threads it gets. */
export function openModel(
  choice: ModelChoice,
  { io, messages }: CommandContext,
  onEvent?: (event: LocalModelEvent) => void,
): { readonly model: LocalModel; readonly threads: number } {
  const { args, folder } = choice;
  const usual = Math.max(1, availableParallelism() - 1);
  const threads = wholeNumberOf(args, "threads", { least: 1, most: 512 }, messages) ?? usual;
  const contextTokens = wholeNumberOf(args, "context", { least: 64, most: 1_048_576 }, messages) ?? 4_096;
  const model = createLocalModel({
    folder,
    dtype: dtypeOf(choice),
    device: readDevice(textOf(args, "device") ?? "cpu") ?? "cpu",
    threads,
    contextTokens,
    onnxRuntimePath: io.env.TIDEOVER_ONNXRUNTIME || undefined,
    clock: systemClock,
    onEvent,
  });
  return { model, threads };
}

/** Most tokens of an answer, as chosen. */
export function tokensOf({ args }: ModelChoice, { messages }: CommandContext): number {
  return wholeNumberOf(args, "tokens", { least: 1, most: 1_048_576 }, messages) ?? 256;
}

/** The chosen temperature; undefined: the model's own. */
export function temperatureOf({ args }: ModelChoice, { messages }: CommandContext): number | undefined {
  const text = textOf(args, "temperature");
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 2) return value;
  throw new UsageError(messages.model.notATemperature(text));
}
