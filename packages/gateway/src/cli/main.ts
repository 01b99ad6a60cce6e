import { processIo } from "./cli-io.ts";
import { runCli } from "./run-cli.ts";

// The exit code is set, not forced: what is still being written gets out, and a leaked timer or socket shows.
process.exitCode = await runCli(process.argv.slice(2), processIo());
