import type { ArgsDef } from "citty";
import type { CliIo } from "./cli-io.ts";
import type { ExitCode } from "./exit-code.ts";
import type { Language, Messages } from "./messages/index.ts";

/** What a command is given beside its arguments. */
export interface CommandContext {
  readonly io: CliIo;
  readonly messages: Messages;
  readonly language: Language;
}

/** The arguments as read: flags by their name, positional ones too. */
export type Arguments = Readonly<Record<string, string | boolean | undefined>>;

/** One command of `tideover`. */
export interface Command {
  readonly name: string;
  /** One sentence, for the list of commands and the head of its help. */
  summary(messages: Messages): string;
  /** Command lines that work as they stand. */
  readonly examples: readonly string[];
  flags(messages: Messages): ArgsDef;
  /** More for the help, such as a table of what can be chosen. */
  details?(messages: Messages): string;
  /** Does it. @throws UsageError for arguments that cannot be, CommandError for what failed in a known way. */
  run(args: Arguments, context: CommandContext): Promise<ExitCode>;
}

/** The command line is wrong; its message says what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The command could not do its work; its message says what to do. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** The text of a flag; undefined when it was not given. */
export function textOf(args: Arguments, name: string): string | undefined {
  const value = args[name];
  return typeof value === "string" ? value : undefined;
}

/** A whole number within bounds from a flag. @throws UsageError otherwise. */
export function wholeNumberOf(
  args: Arguments,
  name: string,
  bounds: { readonly least: number; readonly most: number },
  messages: Messages,
): number | undefined {
  const text = textOf(args, name);
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= bounds.least && value <= bounds.most) return value;
  throw new UsageError(messages.notAWholeNumber(`--${name}`, text, bounds.least, bounds.most));
}
