import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { formatIssue } from "tideover/config";
import { type ImportedConfig, type ImportProblem, importConfig, SOURCES } from "../../import/import-config.ts";
import type { ImportMessages } from "../../import/messages/en.ts";
import { type Command, CommandError, textOf, UsageError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { USUAL_FILE } from "../serve/find-configuration.ts";
import { writeNewFile } from "../write-new-file.ts";

/** `tideover import` */
export const importCommand: Command = {
  name: "import",
  summary: (messages) => messages.import.summary,
  examples: ["tideover import config.yaml", "tideover import channels.json --from one-api --output shop.yaml --json"],
  flags: (messages) => ({
    file: { type: "positional", required: false, description: messages.import.file },
    from: { type: "enum", options: [...SOURCES], description: messages.import.fromFlag },
    output: { type: "string", valueHint: "file", description: messages.outputFlag },
    force: { type: "boolean", description: messages.forceFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  async run(args, { io, messages }) {
    const given = textOf(args, "file");
    if (given === undefined) throw new UsageError(messages.import.needsFile);
    const text = await readText(resolve(io.folder, given), given, messages.import);
    const from = SOURCES.find((source) => source === textOf(args, "from"));
    const imported = importConfig(text, from);
    if ("problem" in imported) throw new CommandError(describe(imported, given, messages.import));
    const path = resolve(io.folder, textOf(args, "output") ?? USUAL_FILE);
    const file = relative(io.folder, path) || path;
    await writeNewFile(path, fileText(imported, messages.import), args.force === true, { file, messages });
    const { source, leftOvers, variables } = imported;
    if (args.json === true) io.stdout.write(`${JSON.stringify({ file, source, variables, leftOvers })}\n`);
    else {
      const lines = [messages.written(file), ...accountLines(imported, messages.import), messages.import.next];
      io.stdout.write(`${lines.join("\n")}\n`);
    }
    return EXIT.ok;
  },
};

/** The file: what was made of it, as comments, then the configuration. */
function fileText(imported: ImportedConfig, messages: ImportMessages): string {
  const head = [messages.made(imported.source), ...accountLines(imported, messages)];
  // A place may hold a name of the caller's; a line break in it would end the comment.
  return `${head.map((line) => `# ${line.replace(/[\r\n]+/g, " ")}`).join("\n")}\n\n${imported.yaml}`;
}

function accountLines({ leftOvers, variables }: ImportedConfig, messages: ImportMessages): string[] {
  const lines = variables.length === 0 ? [] : [messages.setFirst(variables.join(", "))];
  if (leftOvers.length === 0) return [...lines, messages.allCarried];
  return [...lines, messages.notCarried, ...leftOvers.map((leftOver) => `- ${messages.leftOver(leftOver)}`)];
}

function describe(problem: ImportProblem, file: string, messages: ImportMessages): string {
  switch (problem.problem) {
    case "unreadable":
      return messages.unreadable(file, problem.detail);
    case "unknown-source":
      return messages.unknownSource(file);
    case "nothing-left":
      return [messages.nothingLeft(file), ...problem.leftOvers.map((one) => `- ${messages.leftOver(one)}`)].join("\n");
    case "refused":
      return [messages.refused(file), ...problem.issues.map((issue) => `- ${formatIssue(issue)}`)].join("\n");
  }
}

async function readText(path: string, file: string, messages: ImportMessages): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new CommandError(messages.cannotRead(file, error instanceof Error ? error.message : String(error)));
  }
}
