import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder, and those above it, for its owner alone. One by one: Node's own `recursive` never returns where the
 * system says of a folder that is there that it is not, as /proc does.
 * @throws the system's error, also where something is in the way that is no folder
 */
export function makeFolder(path: string): void {
  if (isMade(path)) return;
  if (!existsSync(dirname(path))) makeFolder(dirname(path));
  // Or another process has made the one above meanwhile.
  if (!isMade(path)) mkdirSync(path, { mode: 0o700 });
}

/** False where the system says that the folder above is missing. */
function isMade(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(path).isDirectory()) return true;
    if (code === "ENOENT") return false;
    throw error;
  }
}
