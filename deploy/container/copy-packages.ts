/**
 * Copies installed packages, with all that they need and exactly as they are locked, to another folder:
 * `node deploy/container/copy-packages.ts TARGET NAME…`. The image takes the clients of PostgreSQL, RabbitMQ and Kafka so,
 * without npm in its last stage and without a version that was not tested.
 */
import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type LockFile, lockedClosure } from "../../scripts/locked-packages.ts";

/** The servers' clients, which are optional to the gateway's package and part of its image. */
export const IMAGE_PACKAGES: readonly string[] = ["pg", "rabbitmq-client", "@platformatic/kafka"];

/**
 * Copies the packages and what they need from the workspace at `root` into `target`. Optional ones that are not installed, as
 * those of other systems, are left out.
 * @throws Error when a package is not locked, or cannot be copied
 */
export function copyPackages(root: string, target: string, names: readonly string[]): readonly string[] {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as LockFile;
  const places = lockedClosure(lock, names).filter((place) => existsSync(join(root, place)));
  for (const place of places) {
    // What stands inside another package's folder is copied by its own place, if it is needed.
    const inside = join(root, place, "node_modules");
    cpSync(join(root, place), join(target, place), { recursive: true, filter: (source) => source !== inside });
  }
  return places;
}

if (import.meta.main) {
  const [target, ...names] = process.argv.slice(2);
  if (target === undefined) throw new Error("Usage: copy-packages.ts TARGET [NAME…]");
  const places = copyPackages(process.cwd(), target, names.length === 0 ? IMAGE_PACKAGES : names);
  process.stdout.write(`${places.length} packages copied to ${target}\n`);
}
