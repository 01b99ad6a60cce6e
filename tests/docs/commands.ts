/** A command of a page, and the lines that the page shows as its output. */
export interface ShownCommand {
  readonly command: string;
  readonly output: readonly string[];
}

/** The commands of a `console` block: lines after `$ `, with the lines that continue them, and what is shown below each. */
export function consoleCommands(text: string): readonly ShownCommand[] {
  const commands: { command: string; output: string[] }[] = [];
  let continued = false;
  for (const line of text.trimEnd().split("\n")) {
    const last = commands.at(-1);
    if (continued && last !== undefined) last.command += `\n${line}`;
    else if (line.startsWith("$ ")) commands.push({ command: line.slice(2), output: [] });
    else if (last === undefined) throw new Error(`A console block begins with "$ ", not with ${JSON.stringify(line)}`);
    else last.output.push(line);
    const written = commands.at(-1)?.command ?? "";
    continued = (line.startsWith("$ ") || continued) && written.endsWith("\\");
  }
  return commands;
}

/** A shell block without the lines of which one of the texts is a part. */
export function withoutLines(text: string, parts: readonly string[]): string {
  return text
    .split("\n")
    .filter((line) => !parts.some((part) => line.includes(part)))
    .join("\n");
}
