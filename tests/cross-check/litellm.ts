import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { ProviderServers } from "@tideover/simulator";
import type { System } from "./play.ts";

const PACKAGE = "litellm[proxy]==1.100.0";
/** How long the installation and the start may take, ms. */
const INSTALL_MS = 600_000;
const START_MS = 120_000;
const LOOK_EVERY_MS = 500;

/**
 * LiteLLM's proxy with a fallback to the second provider and two retries. Installed into a virtual environment outside
 * of the repository, unless it is there.
 * @throws Error when it cannot be installed, or does not answer in time
 */
export function litellm(folder: string, model: string): System {
  return {
    name: "LiteLLM",
    async open(providers) {
      const program = install(folder);
      const port = await freePort();
      const file = join(folder, "config.json");
      writeFileSync(file, JSON.stringify(configOf(providers, model)));
      const child = spawn(program, ["--config", file, "--host", "127.0.0.1", "--port", `${port}`], { stdio: "ignore" });
      const stop = () => kill(child);
      process.once("exit", stop);
      const url = `http://127.0.0.1:${port}`;
      try {
        await untilItAnswers(`${url}/health/liveliness`, child);
      } catch (error) {
        stop();
        throw error;
      }
      return {
        baseUrl: `${url}/v1`,
        retries: 0,
        async [Symbol.asyncDispose]() {
          process.off("exit", stop);
          stop();
        },
      };
    },
  };
}

/** Its configuration file; JSON is YAML. */
function configOf({ all }: ProviderServers, model: string): object {
  const names = all.map((_, index) => (index === 0 ? model : `fallback-${index}`));
  return {
    model_list: all.map(({ baseUrl }, index) => ({
      model_name: names[index],
      litellm_params: { model: `openai/${model}`, api_base: `${baseUrl}/v1`, api_key: "sk-cross-check" },
    })),
    router_settings: { num_retries: 2, fallbacks: [{ [model]: names.slice(1) }], timeout: 60 },
  };
}

function install(folder: string): string {
  const program = join(folder, "bin", "litellm");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  run("python3", ["-m", "venv", folder]);
  run(join(folder, "bin", "pip"), ["install", "--quiet", PACKAGE]);
  return program;
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8", timeout: INSTALL_MS });
  if (status === 0) return;
  const why = error === undefined ? String(stderr).trim().slice(-400) : error.message;
  throw new Error(`${program} ${args.join(" ")} failed: ${why}`);
}

async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  const until = performance.now() + START_MS;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`LiteLLM ended with code ${child.exitCode}.`);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      await response.body?.cancel();
      if (response.ok) return;
    } catch (error) {
      // Not listening yet.
      if (!(error instanceof Error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`LiteLLM did not answer within ${START_MS} ms.`);
}

function kill(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
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
