import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** One file of the built dashboard. */
export interface DashboardFile {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly compressed: Uint8Array;
  /** Its name holds a hash of what is in it: it may be kept for good. */
  readonly hashed: boolean;
}

/** The built dashboard in memory, by path below `/dashboard/`. Some 300 KB. */
export type DashboardFiles = ReadonlyMap<string, DashboardFile>;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const compress = promisify(gzip);

/**
 * Reads the built dashboard whole.
 * @throws Error when the folder or its index.html is not there
 */
export async function readDashboard(folder: string): Promise<DashboardFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Map<string, DashboardFile>();
  for (const entry of entries) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const place = join(entry.parentPath, entry.name);
    const name = relative(folder, place).split(sep).join("/");
    const bytes = await readFile(place);
    files.set(name, {
      type,
      bytes,
      compressed: await compress(bytes, { level: 9 }),
      hashed: name.startsWith("assets/"),
    });
  }
  if (!files.has("index.html")) throw new Error(`There is no index.html in ${folder}.`);
  return files;
}
