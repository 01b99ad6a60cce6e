import { WORKER_VARIABLE } from "../workers/worker-messages.ts";
import { outlivesItsReaders, processIo } from "./cli-io.ts";

outlivesItsReaders(process.stdout);
outlivesItsReaders(process.stderr);

// The exit code is set, not forced: what is still being written gets out, and a leaked timer or socket shows.
process.exitCode = await (process.env[WORKER_VARIABLE] === undefined ? command() : worker());

async function command(): Promise<number> {
  const { runCli } = await import("./run-cli.ts");
  return runCli(process.argv.slice(2), processIo());
}

/** A process that `tideover serve` has started to serve beside it. */
async function worker(): Promise<number> {
  const { runWorkerProcess } = await import("../workers/worker-process.ts");
  return runWorkerProcess(processIo());
}
