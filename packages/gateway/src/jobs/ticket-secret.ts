import { createHmac, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Bytes of a secret that is made here: as many as the digest has. */
const SECRET_BYTES = 32;
const FILE = "ticket-secret";

/**
 * The secret that links to jobs are signed with: the configuration's, else the one that is kept in the data folder,
 * which is made at the first start, readable by its owner only.
 * @throws what the file system throws
 */
export function ticketSecret(configured: string | undefined, folder: string): string {
  if (configured !== undefined) return configured;
  const path = join(folder, FILE);
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const made = randomBytes(SECRET_BYTES).toString("base64url");
  writeFileSync(path, made, { mode: 0o600, flag: "wx" });
  return made;
}

/** Signs with a secret: HMAC-SHA-256 as URL-safe base64. */
export function signWith(secret: string): (text: string) => string {
  return (text) => createHmac("sha256", secret).update(text).digest("base64url");
}
