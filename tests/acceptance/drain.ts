import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expectedAnswer, startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import { chat } from "../harness/ask.ts";
import { type Check, isSo, type Measurement, pause, timeUntil, withinMs } from "./measurement.ts";
import { openStream } from "./open-stream.ts";
import { type SpawnedCommand, spawnCommand } from "./spawn-command.ts";

/** What the end of the process may cost beyond the drain, in ms. */
const EXIT_SLACK_MS = 500;
const TOKENS_PER_SECOND = 20;

/** SIGTERM to the real command: open streams may finish, but not for ever. */
export const drain: Check = {
  name: "drain on SIGTERM, the real `tideover serve`",
  async measure() {
    const upstream = await startUpstreamServer({ profile: "faults", pacing: { tokensPerSecond: TOKENS_PER_SECOND } });
    try {
      return [...(await finishes(upstream)), ...(await isCut(upstream))];
    } finally {
      await upstream.close();
    }
  },
};

/** A stream that ends within the bound is whole. */
async function finishes(upstream: UpstreamServer): Promise<Measurement[]> {
  await using gateway = await serve(upstream.url, 10_000);
  const body = chat("sim-chat", { metadata: { sim_output_tokens: 40 } });
  const stream = openStream(gateway.url, body);
  await stream.firstContent;
  gateway.terminate();
  const refused = await becomesRefused(gateway.url);
  const openMeanwhile = !stream.closed;
  await stream.end;
  const endedAt = performance.now();
  const code = await gateway.exit;
  const whole = stream.done && stream.content === expectedAnswer(body).content;
  return [
    isSo("an open stream ends whole", whole, `${stream.content.length} characters, done ${stream.done}`),
    isSo("new connections are refused while it drains", refused && openMeanwhile, "they were taken"),
    withinMs("exit after the last stream", [performance.now() - endedAt], EXIT_SLACK_MS),
    isSo("exit code 0", code === 0, `${code}`),
  ];
}

/** A stream that would go on for ever is cut at the bound, and is not passed off as whole. */
async function isCut(upstream: UpstreamServer): Promise<Measurement[]> {
  const drainMs = 1_000;
  await using gateway = await serve(upstream.url, drainMs);
  const stream = openStream(gateway.url, chat("sim-chat", { metadata: { sim_output_tokens: 5_000 } }));
  await stream.firstContent;
  const terminatedAt = performance.now();
  gateway.terminate();
  const code = await gateway.exit;
  const exitMs = performance.now() - terminatedAt;
  const freedMs = await timeUntil(() => upstream.model.counters.inFlight === 0, EXIT_SLACK_MS);
  await stream.end;
  return [
    {
      ...withinMs(`exit with an endless stream, drain ${drainMs} ms`, [exitMs], drainMs + EXIT_SLACK_MS),
      holds: exitMs >= drainMs - 1 && exitMs <= drainMs + EXIT_SLACK_MS,
      bound: `${drainMs} to ${drainMs + EXIT_SLACK_MS} ms`,
    },
    isSo("that stream is cut without [DONE]", !stream.done, "it ended with [DONE]"),
    withinMs("the provider's request ends with it", [freedMs], 100),
    isSo("exit code 0", code === 0, `${code}`),
  ];
}

/** Starts the command on a free port, with a configuration of its own. */
async function serve(upstreamUrl: string, drainMs: number): Promise<SpawnedCommand> {
  const folder = await mkdtemp(join(tmpdir(), "tideover-acceptance-"));
  const config = {
    server: { port: 0, drain: `${drainMs}ms` },
    providers: { only: { preset: "deepseek", baseUrl: upstreamUrl, apiKey: "sk-simulated" } },
    routes: [{ model: "*", ladder: ["only"] }],
  };
  try {
    // JSON is YAML.
    await writeFile(join(folder, "tideover.yaml"), JSON.stringify(config));
    const command = await spawnCommand(["serve", "--log-level", "error"], folder);
    const dispose = async () => {
      await command[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    };
    return { ...command, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}

/** Whether new connections are turned away within a moment. */
async function becomesRefused(url: string): Promise<boolean> {
  for (let look = 0; look < 50; look++) {
    if ((await connectError(url)) === "ECONNREFUSED") return true;
    await pause(10);
  }
  return false;
}

/** Connects and leaves again. @returns the code of what went wrong. */
function connectError(url: string): Promise<string | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}
