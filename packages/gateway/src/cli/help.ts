import type { ArgDef, ArgsDef } from "citty";
import type { Command } from "./command.ts";
import type { Messages } from "./messages/index.ts";
import { tableLines } from "./table.ts";

/** The help of the whole command. */
export function overview(commands: readonly Command[], messages: Messages): string {
  return [
    messages.title,
    "",
    `${messages.usage}: tideover <${messages.commands.toLowerCase()}> [${messages.flags.toLowerCase()}]`,
    "",
    `${messages.commands}:`,
    ...tableLines(commands.map((command) => [command.name, command.summary(messages)])),
    "",
    `${messages.flags}:`,
    ...tableLines([
      ["-h, --help", messages.helpFlag],
      ["-v, --version", messages.versionFlag],
    ]),
    "",
    messages.moreHelp,
    "",
  ].join("\n");
}

/** The help of one command. */
export function helpOf(command: Command, messages: Messages): string {
  const details = command.details?.(messages);
  return [
    `tideover ${command.name}: ${command.summary(messages)}`,
    "",
    `${messages.usage}: tideover ${command.name}${positionals(command.flags(messages))} [${messages.flags.toLowerCase()}]`,
    "",
    `${messages.flags}:`,
    ...tableLines([...flagRows(command.flags(messages), messages), ["-h, --help", messages.helpFlag]]),
    "",
    `${messages.examples}:`,
    ...command.examples.map((example) => `  ${example}`),
    ...(details === undefined ? [] : ["", details]),
    "",
  ].join("\n");
}

function flagRows(flags: ArgsDef, messages: Messages): string[][] {
  return Object.entries(flags).map(([name, flag]) => {
    const value = flag.type === "boolean" ? "" : ` <${flag.valueHint ?? name}>`;
    const shown = flag.type === "positional" ? name.toUpperCase() : `--${name}${value}`;
    return [shown, [flag.description ?? "", ...limits(flag, messages)].join("; ")];
  });
}

function limits(flag: ArgDef, messages: Messages): string[] {
  const parts: string[] = [];
  if (flag.type === "enum" && flag.options !== undefined) parts.push(`${messages.values} ${flag.options.join(", ")}`);
  if (flag.default !== undefined && flag.default !== false) parts.push(`${messages.byDefault} ${flag.default}`);
  return parts;
}

/** Arguments without a name, as they are written on the command line. */
function positionals(flags: ArgsDef): string {
  return Object.entries(flags)
    .filter(([, flag]) => flag.type === "positional")
    .map(([name, flag]) => (flag.required === false ? ` [${name.toUpperCase()}]` : ` ${name.toUpperCase()}`))
    .join("");
}
