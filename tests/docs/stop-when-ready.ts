/**
 * Runs a command that serves or works until it is stopped, waits until its first address answers, runs the request that it
 * prints for pasting where its providers are simulated, and stops it as Ctrl-C does. With `DOCS_UNTIL`, an address, it
 * first waits until that answers with 2xx: what the page promises has happened.
 * Its exit code is the command's; 1 where it did not serve within {@link READY_MS}, the pasted request failed or what was
 * promised did not happen in that time.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

/** Longest time until it serves, in ms: an example generates its first answers before. */
const READY_MS = 60_000;
const LOOK_MS = 100;
/** How long a server that has answered may still be printing, in ms. */
const QUIET_MS = 300;

const [script = "", ...args] = process.argv.slice(2);
const child = spawn(process.execPath, ["--conditions=tideover-source", script, ...args], {
  stdio: ["pipe", "pipe", "inherit"],
});
const ended = once(child, "exit");
let said = "";
let saidAt = Date.now();
child.stdout.setEncoding("utf8").on("data", (text: string) => {
  said += text;
  saidAt = Date.now();
  process.stdout.write(text);
});

const served = await isServing();
const pasted = served && /SIMULATED/i.test(said) ? /^curl .+$/m.exec(said)?.[0] : undefined;
const answered = pasted === undefined || (await succeeds(pasted));
const promised = process.env.DOCS_UNTIL === undefined || (await hasHappened(process.env.DOCS_UNTIL));
child.kill("SIGINT");
const [code] = (await ended) as [number | null];
process.exitCode = served && answered && promised ? (code ?? 1) : 1;

async function isServing(): Promise<boolean> {
  const latest = Date.now() + READY_MS;
  while (Date.now() < latest && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    // A worker serves nothing; it says that it works.
    if (args[0] === "work" && said !== "" && Date.now() - saidAt >= QUIET_MS) return true;
    const address = /https?:\/\/[\w.]+:\d+/.exec(said)?.[0];
    if (address === undefined || Date.now() - saidAt < QUIET_MS) continue;
    // The example's gateway serves before its shop does.
    if (script === "start.ts" && !said.includes("Type how the provider does")) continue;
    const response = await fetch(`${address}/`).catch(() => undefined);
    if (response !== undefined) return true;
  }
  return false;
}

async function hasHappened(address: string): Promise<boolean> {
  const latest = Date.now() + READY_MS;
  while (Date.now() < latest) {
    const response = await fetch(address).catch(() => undefined);
    if (response?.ok === true) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}

async function succeeds(command: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)("bash", ["-c", `${command} --silent --fail`]);
  return stdout.includes("[DONE]");
}
