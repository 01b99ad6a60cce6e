/** What `npm ci` asks before it installs: that the lock file is that of package.json. Exit code 1 where it is not. */
import { readFileSync } from "node:fs";

interface Wanted {
  readonly devDependencies?: Record<string, string>;
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), "utf8"));
const wanted = (read("package.json") as Wanted).devDependencies ?? {};
const locked = (read("package-lock.json") as { packages: Record<string, Wanted> }).packages[""]?.devDependencies ?? {};
const different = [...new Set([...Object.keys(wanted), ...Object.keys(locked)])].filter(
  (name) => wanted[name] !== locked[name],
);
if (different.length > 0) {
  process.stderr.write(`package-lock.json is not that of package.json: ${different.join(", ")}\n`);
  process.exitCode = 1;
}
