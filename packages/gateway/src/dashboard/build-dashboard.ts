import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** How long a build may take, in ms. It takes 1 to 3 s on a quiet machine. */
const BUILD_MS = 120_000;
/** How much of what the builder says is kept for the error, in characters. */
const TAIL = 2_000;
/** What the built files are made from, in the dashboard's folder. */
const MADE_FROM = ["src", "index.html", "vite.config.ts", "package.json"];

/** Whether the built files are missing, or older than what they are made from. False where there are no sources. */
export async function needsBuild(sources: string, built: string): Promise<boolean> {
  if (!existsSync(join(sources, "vite.config.ts"))) return false;
  const index = await stat(join(built, "index.html")).catch(() => undefined);
  if (index === undefined) return true;
  const changes = await Promise.all(MADE_FROM.map((name) => newestChange(join(sources, name))));
  return Math.max(...changes) > index.mtimeMs;
}

async function newestChange(place: string): Promise<number> {
  const { mtimeMs } = await stat(place);
  const below = await readdir(place, { recursive: true, withFileTypes: true }).catch(() => []);
  const times = await Promise.all(below.map(async (entry) => (await stat(join(entry.parentPath, entry.name))).mtimeMs));
  return Math.max(mtimeMs, ...times);
}

/**
 * Builds the dashboard with vite in a process of its own, beside the place where it is served from, and puts it there
 * when it is whole.
 * @throws Error with the end of what the builder said
 */
export async function buildDashboard(sources: string, built: string): Promise<void> {
  const fresh = `${built}.${process.pid}`;
  try {
    await runVite(sources, fresh);
    await rm(built, { recursive: true, force: true });
    await rename(fresh, built).catch((error: NodeJS.ErrnoException) => {
      // Another process of the same gateway has put its own there meanwhile: made from the same sources.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

function runVite(sources: string, output: string): Promise<void> {
  const manifest = createRequire(join(sources, "package.json")).resolve("vite/package.json");
  const program = join(dirname(manifest), "bin", "vite.js");
  return new Promise((resolve, reject) => {
    let said = "";
    const child = spawn(process.execPath, [program, "build", "--outDir", output, "--logLevel", "warn"], {
      cwd: sources,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: BUILD_MS,
    });
    const hear = (bytes: Buffer) => {
      said = `${said}${bytes.toString()}`.slice(-TAIL);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`vite ended with ${signal ?? `code ${code}`}: ${said.trim()}`));
    });
  });
}
