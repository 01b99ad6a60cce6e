import type { CliIo } from "./cli-io.ts";
import { type Command, CommandError, UsageError } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { helpOf, overview } from "./help.ts";
import { languageOf, type Messages, messagesIn } from "./messages/index.ts";
import { nearestName } from "./nearest.ts";
import { readArguments } from "./read-arguments.ts";
import { VERSION } from "./version.ts";

/**
 * Runs one command line (without `node` and the script).
 * @returns the exit code: 0 done, 1 failed, 2 the command line is wrong. Never rejects.
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const language = languageOf(io.env);
  const messages = messagesIn(language);
  const [first, ...rest] = argv;
  if (first === undefined || first === "-h" || first === "--help" || first === "help") {
    const text = overview(await Promise.all(Object.values(COMMANDS).map((load) => load())), messages);
    (first === undefined ? io.stderr : io.stdout).write(text);
    return first === undefined ? EXIT.usage : EXIT.ok;
  }
  if (first === "-v" || first === "--version") {
    io.stdout.write(`${VERSION}\n`);
    return EXIT.ok;
  }
  const load = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (load === undefined) {
    io.stderr.write(`${messages.unknownCommand(first, nearestName(first, Object.keys(COMMANDS)))}\n`);
    io.stderr.write(`${messages.helpHint("tideover")}\n`);
    return EXIT.usage;
  }
  const command = await load();
  const beforeDashes = rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest;
  if (beforeDashes.includes("--help") || beforeDashes.includes("-h")) {
    io.stdout.write(helpOf(command, messages));
    return EXIT.ok;
  }
  try {
    return await command.run(readArguments(rest, command.flags(messages), messages), { io, messages, language });
  } catch (error) {
    return explain(error, command, io, messages);
  }
}

function explain(error: unknown, command: Command, io: CliIo, messages: Messages): ExitCode {
  if (error instanceof UsageError) {
    io.stderr.write(`${error.message}\n${messages.helpHint(`tideover ${command.name}`)}\n`);
    return EXIT.usage;
  }
  if (error instanceof CommandError) {
    io.stderr.write(`${error.message}\n`);
    return EXIT.failed;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.stderr.write(`${messages.unexpectedError(text)}\n`);
  return EXIT.failed;
}
