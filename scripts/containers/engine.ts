/** Docker's engine: the one that runs, or one of our own that is started for the time of a try and ended after it. */
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ServerProcess } from "../../tests/harness/server-process.ts";

const run = promisify(execFile);
/** How long an engine may take to take commands, in ms. */
const START_MS = 60_000;
/** How long an engine or a program may take to say what it is, in ms. */
const SAY_MS = 30_000;
/** Most that a command may say, in bytes; more is an error. */
const SAID_BYTES = 16 * 1024 * 1024;
/** Where Debian's package puts its command, which is asked when the first `docker` of the path cannot build with BuildKit. */
const DEBIAN_DOCKER = "/usr/bin/docker";
/** From this version on Docker's command leaves BuildKit to a plugin, before it needs none. */
const BUILDX_SINCE = 23;

/** An engine that takes commands. Ended by `await using`, if it was started here. */
export interface Engine extends AsyncDisposable {
  /** Runs a command. @returns what it said, trimmed @throws Error with the command and its words when it fails */
  docker(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** Runs a command that may take minutes, its words shown as they come. @throws Error when it fails */
  dockerShown(args: readonly string[]): Promise<void>;
}

/**
 * The engine that runs here, else one that is started from the package `docker.io`. Its images and what it has built stay
 * in the folder of caches, so that the next run is short.
 * @throws Error that says what is missing
 */
export async function useEngine(signal: AbortSignal): Promise<Engine> {
  const command = dockerCommand();
  if (await answers(command, {})) return engineAt(command, {}, signal, async () => {});
  if (process.getuid?.() !== 0 || !isProgram("dockerd", "--version")) {
    throw new Error(
      "No container engine answers. Start Docker, or as root on Debian: scripts/services/install.sh containers",
    );
  }
  const place = mkdtempSync(join(tmpdir(), "tideover-docker-"));
  const data = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tideover", "containers");
  mkdirSync(data, { recursive: true });
  const env = { DOCKER_HOST: `unix://${place}/docker.sock` };
  const server = new ServerProcess({
    name: "dockerd",
    command: "dockerd",
    args: [
      // Networks are made as they are needed, and go with them; the default one would stay.
      ...["--host", env.DOCKER_HOST, "--data-root", data, "--bridge", "none"],
      ...["--exec-root", join(place, "exec"), "--pidfile", join(place, "pid")],
    ],
    isReady: () => answers(command, env),
    startMs: START_MS,
  });
  const end = async () => {
    await server.stop("SIGTERM");
    rmSync(place, { recursive: true, force: true });
  };
  try {
    await server.start();
  } catch (error) {
    await end();
    throw error;
  }
  return engineAt(command, env, signal, end);
}

function engineAt(
  command: string,
  its: Readonly<Record<string, string>>,
  signal: AbortSignal,
  end: () => Promise<void>,
): Engine {
  const env = { ...process.env, DOCKER_BUILDKIT: "1", ...its };
  return {
    async docker(args, more = {}) {
      try {
        // What is asked for after the signal is to clear away, and must not be given up for it.
        const bound = signal.aborted ? {} : { signal };
        const { stdout } = await run(command, args, { env: { ...env, ...more }, maxBuffer: SAID_BYTES, ...bound });
        return stdout.trim();
      } catch (error) {
        const { stderr, message } = error as Error & { stderr?: string };
        throw new Error(`docker ${args.join(" ")}: ${stderr?.trim() || message}`, { cause: error });
      }
    },
    async dockerShown(args) {
      const child = spawn(command, args, { env, stdio: ["ignore", "inherit", "inherit"], signal });
      const [code] = await once(child, "exit");
      if (code !== 0) throw new Error(`docker ${args.join(" ")} ended with code ${code}`);
    },
    [Symbol.asyncDispose]: end,
  };
}

/** A command that can build with BuildKit: the first of the path, or Debian's. @throws Error when there is none */
function dockerCommand(): string {
  const candidates = ["docker", DEBIAN_DOCKER].filter((name) => name === "docker" || existsSync(name));
  const found = candidates.find((name) => buildsWithBuildKit(name));
  if (found !== undefined) return found;
  const missing = candidates.some((name) => isProgram(name, "--version"))
    ? "Docker's command is here without its plugin buildx"
    : "Docker is not installed";
  throw new Error(`${missing}. As root on Debian: scripts/services/install.sh containers`);
}

function buildsWithBuildKit(command: string): boolean {
  const version = said(command, "--version");
  const major = Number(/version (\d+)\./.exec(version ?? "")?.[1] ?? Number.NaN);
  return major < BUILDX_SINCE || isProgram(command, "buildx", "version");
}

function answers(command: string, env: Readonly<Record<string, string>>): Promise<boolean> {
  const asked = run(command, ["version", "--format", "{{.Server.Version}}"], {
    env: { ...process.env, ...env },
    timeout: SAY_MS,
  });
  return asked.then(
    () => true,
    () => false,
  );
}

const isProgram = (command: string, ...args: readonly string[]): boolean => said(command, ...args) !== undefined;

/** What a command says; undefined where it is not there or fails. */
function said(command: string, ...args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, args, { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8", timeout: SAY_MS });
  } catch {
    return undefined;
  }
}
