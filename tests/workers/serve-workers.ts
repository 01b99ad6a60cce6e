import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../../packages/gateway/bin/tideover.js", import.meta.url));
/** How long anything may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 20;

/** `tideover serve` with workers, as processes of its own; ended by `await using`. */
export interface ServedWorkers extends AsyncDisposable {
  readonly url: string;
  /** The configuration file. */
  readonly file: string;
  /** The process that owns the port; its signals are the gateway's. */
  readonly primary: ChildProcess;
  /** Ids of the workers that it began with. */
  readonly pids: readonly number[];
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  /** What it has logged. */
  log(): string;
}

/**
 * Starts it with a configuration and waits until its workers serve.
 * @param more further arguments of the command
 * @throws Error with what it said when it does not
 */
export async function serveWorkers(config: string, more: readonly string[] = []): Promise<ServedWorkers> {
  const folder = await mkdtemp(join(tmpdir(), "tideover-workers-"));
  const file = join(folder, "tideover.yaml");
  await writeFile(file, config);
  const args = [PROGRAM, "serve", "--config", file, "--port", "0", "--json", ...more];
  const primary = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let log = "";
  primary.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  primary.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  const ended = new Promise<number | null>((resolve) => primary.once("exit", resolve));
  const hasEnded = () => primary.exitCode !== null || primary.signalCode !== null;
  const kill = () => primary.kill("SIGKILL");
  process.once("exit", kill);
  const dispose = async () => {
    process.off("exit", kill);
    primary.kill("SIGTERM");
    const timer = setTimeout(kill, PATIENCE_MS);
    await ended;
    clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
  };
  await until("the workers to serve", () => (out.includes('"url"') && log.includes("workers-ready")) || hasEnded());
  if (hasEnded()) {
    await dispose();
    throw new Error(`The gateway ended with ${primary.exitCode}:\n${out}\n${log}`);
  }
  const { url } = JSON.parse(out.split("\n")[0] ?? "") as { url: string };
  const ready = log.split("\n").find((line) => line.includes("workers-ready")) ?? "{}";
  const { pids } = JSON.parse(ready) as { pids: number[] };
  return { url, file, primary, pids, ended, log: () => log, [Symbol.asyncDispose]: dispose };
}

/** Waits until something is so. @throws Error that names it, after a minute */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const patience = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    if (performance.now() > patience) throw new Error(`Waited in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** A response as a test sees it. */
export interface Seen {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** The connection broke before the response was whole. */
  readonly isBroken: boolean;
}

/** How a request is sent. */
export interface Sending {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whose connections are used. Default: a connection of its own, which the next worker in turn gets. */
  readonly agent?: Agent;
  /** Told of the beginning of the response. */
  onBegun?(): void;
}

/** Sends a request over HTTP. Rejects only when there was no response at all. */
export function send(url: string, { method = "GET", headers = {}, body, agent, onBegun }: Sending = {}): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const connection = agent ?? new Agent({ keepAlive: false });
    const sent = request(url, { method, headers, agent: connection }, (response) => {
      onBegun?.();
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      const done = (isBroken: boolean) =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, isBroken });
      response.on("end", () => done(false));
      response.on("error", () => done(true));
      response.on("aborted", () => done(true));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Asks for a chat completion. */
export function chat(url: string, model: string, more: object = {}, sending: Sending = {}): Promise<Seen> {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }], ...more });
  const headers = { "content-type": "application/json", ...sending.headers };
  return send(`${url}/v1/chat/completions`, { ...sending, method: "POST", headers, body });
}
