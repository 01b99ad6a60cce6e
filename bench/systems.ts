import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Target } from "./connection.ts";
import { nginxCommand } from "./peers/nginx.ts";
import { PORTKEY_HEADERS, portkeyCommand } from "./peers/portkey.ts";
import { CORES, type Command, freePort, Process } from "./processes.ts";

export type SystemName = "direct" | "nginx" | "tideover" | "tideover-folded" | "portkey" | "portkey-node-24";

/** A system that can be measured. */
export interface System {
  readonly name: SystemName;
  /** What it is and how it is set up, for the report. */
  readonly setup: string;
}

/** A system that answers requests. */
export interface RunningSystem extends Target {
  readonly name: SystemName;
  /** Undefined for the mock upstream itself, which shares its core with the load generator. */
  readonly process: Process | undefined;
  /** Ends it. @returns whether it ended when asked to, or had to be killed. */
  stop(): Promise<boolean>;
}

/** What systems are started with. */
export interface Surroundings {
  readonly upstreamPort: number;
  /** A folder of this run for configurations and logs. */
  readonly folder: string;
  /** A folder that outlives the run, for what had to be installed. */
  readonly peersFolder: string;
  readonly pinned: boolean;
  readonly form: TideoverForm;
  /** Where Tideover leaves CPU profiles; undefined: none are taken. */
  readonly profileFolder: string | undefined;
  /** Tideover's `server.shedding`. Default: off, for what is measured is what it can do, not what it will. */
  readonly shedding?: string;
}

export const SYSTEMS: readonly System[] = [
  { name: "direct", setup: "no proxy: the load generator speaks to the mock upstream" },
  { name: "nginx", setup: "`proxy_pass` with keep-alive to the upstream, one process, no access log, no buffering" },
  { name: "tideover", setup: "`tideover serve`, one provider read as callers ask (`mirror`), defaults otherwise" },
  { name: "tideover-folded", setup: "the same, the upstream always read as a stream and folded" },
  {
    name: "portkey",
    setup:
      "`@portkey-ai/gateway` 1.15.2 from npm, unmodified, with the server library it can stream with, on Node 20, as in its own image",
  },
  {
    name: "portkey-node-24",
    setup: "the same on the Node that Tideover runs on, which its makers do not ship it with",
  },
];

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** What of Tideover runs: the package as it is published, or the sources as they are. */
export type TideoverForm = "built" | "sources";

const COMMANDS: Readonly<Record<TideoverForm, readonly string[]>> = {
  built: [join(ROOT, "packages/gateway/dist/cli/main.js")],
  sources: ["--conditions=tideover-source", join(ROOT, "packages/gateway/src/cli/main.ts")],
};

/** Whether there is a build to run. It may be older than the sources. */
export function isBuilt(): boolean {
  return COMMANDS.built.every((file) => existsSync(file));
}

/**
 * Starts a system. It need not answer yet.
 * @throws Error when it cannot be installed or started.
 */
export async function startSystem(name: SystemName, surroundings: Surroundings): Promise<RunningSystem> {
  if (name === "direct") {
    return {
      name,
      port: surroundings.upstreamPort,
      headers: {},
      process: undefined,
      stop: () => Promise.resolve(true),
    };
  }
  const port = await freePort();
  const folder = join(surroundings.folder, `${name}-${port}`);
  mkdirSync(folder, { recursive: true });
  const command: Command = {
    ...commandOf(name, port, folder, surroundings),
    folder,
    logFile: join(folder, "output.log"),
    core: surroundings.pinned ? CORES.system : undefined,
  };
  const running = new Process(command);
  const headers = name.startsWith("portkey") ? PORTKEY_HEADERS(surroundings.upstreamPort) : {};
  return { name, port, headers, process: running, stop: () => running.stop() };
}

function commandOf(
  name: Exclude<SystemName, "direct">,
  port: number,
  folder: string,
  surroundings: Surroundings,
): Pick<Command, "program" | "args" | "environment"> {
  const { upstreamPort, peersFolder } = surroundings;
  switch (name) {
    case "nginx":
      return nginxCommand({ port, upstreamPort, folder });
    case "portkey":
      return portkeyCommand({ port, peersFolder, node: "its own" });
    case "portkey-node-24":
      return portkeyCommand({ port, peersFolder, node: "Tideover's" });
    default:
      return tideoverCommand(port, folder, name === "tideover-folded" ? "stream" : "mirror", surroundings);
  }
}

function tideoverCommand(
  port: number,
  folder: string,
  upstream: "stream" | "mirror",
  { upstreamPort, profileFolder, form, shedding = "off" }: Surroundings,
) {
  const nodeOptions = profileFolder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`];
  const config = join(folder, "tideover.yaml");
  // The limit is above what the bench opens: what is measured is the cost of a call, not of refusing one.
  writeFileSync(
    config,
    [
      `server: { port: ${port}, dataDir: ${JSON.stringify(join(folder, "data"))}, shedding: ${shedding} }`,
      "providers:",
      "  bench:",
      "    preset: openai-compatible",
      `    baseUrl: "http://127.0.0.1:${upstreamPort}/v1"`,
      "    apiKey: bench",
      `    upstream: ${upstream}`,
      "    limit: { concurrency: 4000, max: 4000 }",
      'routes: [ { model: "*", ladder: [bench] } ]',
      "",
    ].join("\n"),
  );
  return {
    program: process.execPath,
    args: [...nodeOptions, ...COMMANDS[form], "serve", "--config", config],
  };
}
