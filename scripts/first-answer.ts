/**
 * From a clean clone to the first answered request with a provider of one's own, by the README alone, with a clock:
 * `npm run first-answer`. Clones this repository into an empty folder, installs it with an empty npm cache, writes a
 * configuration for a provider, checks it, starts the gateway and asks it. The provider is a server of one's own with
 * OpenAI's interface: the simulated upstream of this checkout, started before the clock.
 *
 * `--warm` uses the npm cache that is there. `--keep` leaves the clone. Exit code 1 when it took three minutes or more,
 * or nothing was answered.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** What the whole way may take, in seconds. */
const AIM_SECONDS = 180;
/** How long the gateway may take to its first word, in ms. */
const START_MS = 60_000;

const { values } = parseArgs({ options: { warm: { type: "boolean" }, keep: { type: "boolean" } } });
const root = fileURLToPath(new URL("../", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "tideover-first-answer-"));
const clone = join(place, "tideover");
// As somebody has it who comes from elsewhere: no keys, and none of the paths that npm adds for this script.
const path = (process.env.PATH ?? "")
  .split(":")
  .filter((folder) => !folder.includes("node_modules"))
  .join(":");
const env: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/_API_KEY$|^npm_|^NODE_OPTIONS$|^TIDEOVER_/.test(name)),
);
Object.assign(env, { PATH: path, TIDEOVER_LANG: "en", NO_COLOR: "1" });
if (values.warm !== true) env.npm_config_cache = join(place, "npm-cache");

const [upstreamPort, port] = [await freePort(), await freePort()];
const command = join(root, "packages/gateway/bin/tideover.js");
const upstream = spawn(process.execPath, [command, "upstream", "--profile", "calm", "--port", `${upstreamPort}`], {
  stdio: ["ignore", "pipe", "inherit"],
});
let gateway: ChildProcess | undefined;
try {
  await says(upstream, /http:\/\//);
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1_000;

  step(`git clone ${values.warm === true ? "" : "(empty npm cache) "}… tideover && cd tideover`);
  execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${root}`, clone], { stdio: "inherit", env });
  done(seconds());
  for (const line of [
    "npm ci",
    `npm run --silent tideover -- init --preset openai-compatible --base-url http://127.0.0.1:${upstreamPort}/v1 --yes`,
    "npm run --silent tideover -- check",
  ]) {
    step(line);
    show(execFileSync("bash", ["-c", `${line} 2>&1`], { cwd: clone, env, encoding: "utf8" }));
    done(seconds());
  }
  step(`npm start -- --port ${port}`);
  gateway = spawn("npm", ["start", "--silent", "--", "--port", `${port}`, "--log-level", "error"], {
    cwd: clone,
    env,
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  show(await says(gateway, /^curl .+$/m));
  done(seconds());
  const ask = `curl -sS --fail http://127.0.0.1:${port}/v1/chat/completions -H "content-type: application/json" -d '{"model":"deepseek-flash","messages":[{"role":"user","content":"Hello"}]}'`;
  step(ask);
  const answer = execFileSync("bash", ["-c", ask], { encoding: "utf8", env });
  const { choices, tideover } = JSON.parse(answer) as {
    choices: { message: { content: string } }[];
    tideover: { rung: string; provider: string };
  };
  show(`${choices[0]?.message.content.slice(0, 200)} …\n"tideover": ${JSON.stringify(tideover)}`);
  done(seconds());
  const took = seconds();
  const verdict = took < AIM_SECONDS && tideover.rung === "live" ? "in time" : "NOT in time, or not live";
  process.stdout.write(
    `\nFrom the clone to the answer: ${took.toFixed(0)} s (aim: under ${AIM_SECONDS} s): ${verdict}\n`,
  );
  if (verdict !== "in time") process.exitCode = 1;
} finally {
  if (gateway?.pid !== undefined && gateway.exitCode === null) process.kill(-gateway.pid, "SIGTERM");
  upstream.kill("SIGTERM");
  if (values.keep !== true) {
    if (gateway !== undefined && gateway.exitCode === null) await once(gateway, "exit");
    rmSync(place, { recursive: true, force: true });
  }
}

function step(line: string): void {
  process.stdout.write(`\n$ ${line}\n`);
}

/** What a command said, without npm's remarks about the machine. */
function show(text: string): void {
  const lines = text
    .trim()
    .split("\n")
    .filter((line) => !line.startsWith("npm ") && line.trim() !== "");
  process.stdout.write(
    `${lines.slice(0, 14).join("\n")}${lines.length > 14 ? `\n(… ${lines.length - 14} more lines)` : ""}\n`,
  );
}

function done(seconds: number): void {
  process.stdout.write(`[${seconds.toFixed(1)} s]\n`);
}

/** What a process has said once it has said something like this. @throws Error when it ends or takes too long */
async function says(child: ChildProcess, wanted: RegExp): Promise<string> {
  const latest = Date.now() + START_MS;
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  while (!wanted.test(said)) {
    if (child.exitCode !== null || Date.now() > latest)
      throw new Error(`Nothing like ${wanted} came; it said:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return said;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("There is no free port.");
  return address.port;
}
