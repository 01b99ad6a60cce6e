import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The command. In a project of your own it is `tideover`, from the package `@tideover/gateway`. */
const COMMAND = fileURLToPath(new URL("../../packages/gateway/bin/tideover.js", import.meta.url));
/** How long the gateway may take to listen, in ms. */
const START_MS = 60_000;
/** How long it may take to end after it was asked to, in ms; then it is killed. */
const END_MS = 10_000;

/** A command that runs. Disposing ends it. */
export interface GatewayProcess extends AsyncDisposable {
  readonly url: string;
}

/**
 * Runs `tideover serve` with this example's tideover.yaml.
 * @param settings values of the file's `${NAMES}`
 * @throws Error when it ends, or does not listen in time; what it says is on standard error
 */
export async function startGateway(port: number, settings: Readonly<Record<string, string>>): Promise<GatewayProcess> {
  const config = fileURLToPath(new URL("tideover.yaml", import.meta.url));
  const line = ["serve", "--config", config, "--port", String(port), "--log-level", "error", "--json"];
  const child = start(line, settings);
  const ended = endOf(child);
  const end = async () => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), END_MS);
    await ended;
    clearTimeout(late);
  };
  try {
    return { url: await listening(child, ended), [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/**
 * Runs a command to its end.
 * @returns what it wrote to standard output; it also writes when it did a part of its work only
 * @throws Error when it fails and writes nothing there; why is on standard error
 */
export async function runCommand(line: readonly string[]): Promise<string> {
  const child = start(line, {});
  let said = "";
  child.stdout?.on("data", (bytes: Buffer) => {
    said += bytes.toString();
  });
  const code = await endOf(child);
  if (code !== 0 && said === "") throw new Error(`tideover ${line[0]} ended with code ${code}; why is said above.`);
  return said;
}

function start(line: readonly string[], settings: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [COMMAND, ...line], {
    env: { ...process.env, ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", reject);
  });
}

async function listening(child: ChildProcess, ended: Promise<number | null>): Promise<string> {
  const { stdout } = child;
  if (stdout === null) throw new Error("The gateway has no output.");
  const first = new Promise<string>((resolve) => createInterface({ input: stdout }).once("line", resolve));
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`No word from the gateway for ${START_MS} ms.`)), START_MS);
  try {
    const gone = ended.then((code) => {
      throw new Error(`The gateway ended with code ${code}; why is said above. GATEWAY_PORT gives it another port.`);
    });
    return JSON.parse(await Promise.race([first, gone, late.promise])).url;
  } finally {
    clearTimeout(timer);
  }
}
