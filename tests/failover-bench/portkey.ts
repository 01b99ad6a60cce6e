import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { systemClock } from "@tideover/gateway";
import { installPortkey, portkeyCommand } from "../../bench/peers/portkey.ts";
import { FALLBACK_MODEL, PRIMARY_MODEL, SOUND_MODEL } from "./names.ts";
import { postChat } from "./post-chat.ts";
import type { System } from "./run-scenario.ts";
import type { Role, Scenario } from "./scenario.ts";
import { startWall } from "./socket-wall.ts";

/** How long it may take to answer its first request, in ms. */
const START_MS = 30_000;
const LOOK_EVERY_MS = 200;
/** What ends this process, and must end Portkey with it. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Portkey's gateway, running. */
export interface RunningPortkey extends AsyncDisposable {
  readonly system: System;
}

/**
 * Installs Portkey's gateway into a folder and runs it as it is.
 * @throws Error when it cannot be installed or does not answer in time.
 */
export async function startPortkey(peersFolder: string): Promise<RunningPortkey> {
  const { url, [Symbol.asyncDispose]: stop } = await startPortkeyProcess(peersFolder);
  return { system: portkeySystem(url), [Symbol.asyncDispose]: stop };
}

/**
 * The same, for callers who ask in their own way.
 * @throws Error when it cannot be installed or does not answer in time.
 */
export async function startPortkeyProcess(peersFolder: string): Promise<{ readonly url: string } & AsyncDisposable> {
  installPortkey(peersFolder);
  const port = await freePort();
  const { program, args } = portkeyCommand({ port, peersFolder, node: "its own" });
  const child = spawn(program, args, { stdio: "ignore" });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  const leave = () => process.exit(1);
  for (const signal of SIGNALS) process.once(signal, leave);
  const stop = async () => {
    process.off("exit", kill);
    for (const signal of SIGNALS) process.off(signal, leave);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await exited;
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilItAnswers(url, () => child.exitCode);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, [Symbol.asyncDispose]: stop };
}

function portkeySystem(url: string): System {
  return {
    name: "Portkey",
    async open(scenario) {
      const providers = await startWall(scenario);
      return {
        clock: systemClock,
        wall: providers.wall,
        call: (request) => {
          const config = portkeyConfig(scenario, providers.urls, request.sound);
          return postChat(url, request, { "x-portkey-config": JSON.stringify(config) });
        },
        [Symbol.asyncDispose]: () => providers.close(),
      };
    },
  };
}

/** The configuration that Failover Bench publishes for it: fallback on any error, two retries, 30 s. */
function portkeyConfig(scenario: Scenario, urls: Readonly<Record<Role, string>>, sound: boolean): object {
  const primaryModel = sound ? SOUND_MODEL : (scenario.primaryHost?.model ?? PRIMARY_MODEL);
  const fallbackModel = scenario.primaryHost === undefined ? FALLBACK_MODEL : "deepseek-flash";
  const target = (role: Role, model: string) => ({
    provider: "openai",
    api_key: `sk-bench-${role}`,
    custom_host: `${urls[role]}/v1`,
    override_params: { model },
  });
  const retry = { attempts: 2, on_status_codes: [429, 500, 502, 503, 504], use_retry_after_header: true };
  const primary = { ...target("primary", primaryModel), retry };
  return {
    strategy: { mode: "fallback" },
    request_timeout: 30_000,
    targets: sound ? [primary] : [primary, target("fallback", fallbackModel)],
  };
}

async function untilItAnswers(url: string, exitCode: () => number | null): Promise<void> {
  const until = systemClock.now() + START_MS;
  while (systemClock.now() < until) {
    if (exitCode() !== null) throw new Error(`Portkey ended with code ${exitCode()}.`);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(LOOK_EVERY_MS * 5) });
      await response.body?.cancel();
      return;
    } catch {
      // Not listening yet.
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
  throw new Error(`Portkey did not answer within ${START_MS} ms.`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("No free port.")),
      );
    });
  });
}
