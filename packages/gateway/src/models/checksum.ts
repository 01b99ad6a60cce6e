import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Checksum } from "./hub.ts";

/** The beginning of a checksum over a file of that size. */
export function beginChecksum(kind: Checksum["kind"], size: number): Hash {
  if (kind === "sha256") return createHash("sha256");
  return createHash("sha1").update(`blob ${size}\0`);
}

/** Adds a file's bytes to a checksum. */
export async function addFile(hash: Hash, path: string): Promise<void> {
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
}

/** The checksum of a whole file. */
export async function checksumOf(path: string, kind: Checksum["kind"], size: number): Promise<string> {
  const hash = beginChecksum(kind, size);
  await addFile(hash, path);
  return hash.digest("hex");
}
