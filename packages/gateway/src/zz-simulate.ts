import { simulate } from "./cli/commands/simulate.ts";
import { processIo } from "./cli/cli-io.ts";
import { readArguments } from "./cli/read-arguments.ts";
import { messagesIn } from "./cli/messages/index.ts";
import { helpOf } from "./cli/help.ts";
const m = messagesIn("en");
if (process.argv[2] === "--help") { process.stdout.write(helpOf(simulate, m)); process.exit(0); }
process.exitCode = await simulate.run(readArguments(process.argv.slice(2), simulate.flags(m), m), { io: processIo(), messages: m, language: "en" });
