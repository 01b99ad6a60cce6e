import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePorts, isMissing, ServerProcess } from "./server-process.ts";

/** Where Debian's packages put the programs, one folder for each version. */
const INITDB = "/usr/lib/postgresql/*/bin/initdb";
/** How long a server may take to answer, in ms, on a machine that does much else. */
const START_MS = 60_000;

/**
 * Without fsync: a killed process loses nothing of what it gave to the system, only a power cut would; and with it a
 * start after a kill first writes every file of every database through.
 */
const SETTINGS = ["-c", "max_connections=150", "-c", "fsync=off"];

/** A real PostgreSQL in a process and folder of its own. Disposing stops it. */
export interface PostgresServer extends AsyncDisposable {
  readonly port: number;
  /** The address of a new, empty database. */
  newDatabase(): string;
  /** kill -9. What was committed is there after the next start. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

/**
 * Whether tests that need a real PostgreSQL can run.
 * @returns false where it is not installed, after saying so
 * @throws Error in continuous integration (CI=true)
 */
export function hasPostgres(): boolean {
  return programs() === undefined ? isMissing("PostgreSQL", "apt-get install postgresql") : true;
}

/** Starts a server on a free port of the loopback. @throws Error with its log when it does not answer in time */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = programs();
  if (bin === undefined) throw new Error("PostgreSQL is not installed (apt-get install postgresql).");
  const folder = mkdtempSync(join(tmpdir(), "tideover-postgres-"));
  const user = serverUser();
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const [port = 0] = await freePorts(1);
  const data = join(folder, "data");
  const run = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8" } };
  const server = new ServerProcess({
    name: "PostgreSQL",
    command: join(bin, "postgres"),
    args: ["-D", data, "-h", "127.0.0.1", "-p", `${port}`, "-k", folder, ...SETTINGS],
    options: run,
    startMs: START_MS,
    async isReady() {
      return spawnSync(join(bin, "pg_isready"), ["-h", "127.0.0.1", "-p", `${port}`, "-q"]).status === 0;
    },
  });
  const dispose = async () => {
    await server.stop("SIGINT");
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    execFileSync(join(bin, "initdb"), ["-D", data, "-A", "trust", "-U", "tideover", "-E", "UTF8", "--no-sync"], {
      ...run,
      stdio: ["ignore", "ignore", "pipe"],
    });
    await server.start();
  } catch (error) {
    await dispose();
    throw error;
  }
  let databases = 0;
  return {
    port,
    newDatabase() {
      const name = `tideover_${++databases}`;
      execFileSync(join(bin, "createdb"), ["-h", "127.0.0.1", "-p", `${port}`, "-U", "tideover", name], {
        stdio: "pipe",
      });
      return `postgres://tideover@127.0.0.1:${port}/${name}`;
    },
    kill: () => server.stop("SIGKILL"),
    start: () => server.start(),
    [Symbol.asyncDispose]: dispose,
  };
}

/** The folder of the newest version's programs. */
function programs(): string | undefined {
  const newest = globSync(INITDB).sort().at(-1);
  return newest === undefined ? undefined : dirname(newest);
}

/** PostgreSQL refuses to run as root: there it runs as the user that its package made. */
function serverUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const numberOf = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: numberOf("-u"), gid: numberOf("-g") };
}
