import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const COMMAND = fileURLToPath(new URL("../../packages/gateway/bin/tideover.js", import.meta.url));
/** How long a command may take to listen, in ms. */
const START_MS = 15_000;

/** The real command in a process of its own, listening. Disposing kills what is left of it. */
export interface SpawnedCommand extends AsyncDisposable {
  readonly url: string;
  /** The exit code; null when a signal ended the process. */
  readonly exit: Promise<number | null>;
  /** Sends SIGTERM. */
  terminate(): void;
}

/**
 * Runs `tideover` with these arguments and `--json`, and waits until it says where it listens.
 * @param folder its working folder.
 * @throws Error when it ends, or says nothing in time.
 */
export async function spawnCommand(commandLine: readonly string[], folder: string): Promise<SpawnedCommand> {
  const child = spawn(process.execPath, [COMMAND, ...commandLine, "--json"], {
    cwd: folder,
    // No keys, no proxies, no certificates of the person who runs this.
    env: { PATH: process.env.PATH, TIDEOVER_LANG: "en" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const dispose = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exit;
  };
  try {
    const url = await announcedUrl(child, exit);
    return { url, exit, terminate: () => child.kill("SIGTERM"), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function announcedUrl({ stdout }: ChildProcess, exit: Promise<number | null>): Promise<string> {
  if (stdout === null) throw new Error("The command has no output.");
  const line = new Promise<string>((resolve) => {
    createInterface({ input: stdout }).once("line", resolve);
  });
  let late: NodeJS.Timeout | undefined;
  try {
    const first = await Promise.race([
      line,
      exit.then((code) => Promise.reject(new Error(`tideover ended with code ${code}.`))),
      new Promise<never>((_, reject) => {
        late = setTimeout(() => reject(new Error(`tideover said nothing within ${START_MS} ms.`)), START_MS);
      }),
    ]);
    return (JSON.parse(first) as { url: string }).url;
  } finally {
    clearTimeout(late);
  }
}
