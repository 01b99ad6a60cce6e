import { stripVTControlCharacters } from "node:util";
import { type ArgsDef, parseArgs } from "citty";
import { type Arguments, UsageError } from "./command.ts";
import type { Messages } from "./messages/index.ts";
import { nearestName } from "./nearest.ts";

/**
 * Reads a command's arguments, strictly.
 * @throws UsageError for an unknown flag, a flag without its value, a value that is not allowed, anything too much.
 */
export function readArguments(raw: readonly string[], flags: ArgsDef, messages: Messages): Arguments {
  const parsed: Record<string, unknown> = parse(raw, flags);
  const isPositional = (name: string) => flags[name]?.type === "positional";
  const names = Object.keys(flags).filter((name) => !isPositional(name));
  for (const flag of flagsIn(raw, flags)) {
    if (names.includes(flag)) continue;
    const nearest = nearestName(flag, names);
    throw new UsageError(messages.unknownFlag(`--${flag}`, nearest === undefined ? undefined : `--${nearest}`));
  }
  const extra = (parsed._ as string[])[Object.keys(flags).filter(isPositional).length];
  if (extra !== undefined) throw new UsageError(messages.unexpectedArgument(extra));
  const read: Record<string, string | boolean | undefined> = {};
  for (const [name, flag] of Object.entries(flags)) {
    const value = parsed[name];
    if (value === "" && flag.type !== "boolean") throw new UsageError(messages.flagNeedsValue(`--${name}`));
    if (flag.type === "enum" && typeof value === "string" && flag.options?.includes(value) === false) {
      throw new UsageError(messages.notOneOf(`--${name}`, value, flag.options.join(", ")));
    }
    read[name] = typeof value === "string" || typeof value === "boolean" ? value : undefined;
  }
  return read;
}

/** citty checks allowed values itself, in English and in colour; here that is done afterwards. */
function parse(raw: readonly string[], flags: ArgsDef): Record<string, unknown> {
  const unchecked: ArgsDef = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, flag.type === "enum" ? { ...flag, type: "string" } : flag]),
  );
  try {
    return parseArgs([...raw], unchecked);
  } catch (error) {
    throw new UsageError(stripVTControlCharacters(error instanceof Error ? error.message : String(error)));
  }
}

/** The names of all flags in a command line, as typed, without a value that merely looks like one. */
function flagsIn(raw: readonly string[], flags: ArgsDef): string[] {
  const found: string[] = [];
  for (let index = 0; index < raw.length; index++) {
    const text = raw[index] ?? "";
    if (text === "--") break;
    if (!text.startsWith("-") || text === "-") continue;
    const name = text.replace(/^--?/, "").split("=")[0] ?? "";
    found.push(flags[name]?.type === "boolean" ? name : name.replace(/^no-/, ""));
    if (!text.includes("=") && flags[name] !== undefined && flags[name]?.type !== "boolean") index++;
  }
  return found;
}
