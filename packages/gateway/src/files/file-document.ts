import type { JsonObject } from "tideover/engine";
import type { StoredFile } from "./file-store.ts";

/** A file as OpenAI's clients know it; times in whole seconds since the Unix epoch. */
export function fileDocument({ id, bytes, createdAt, expiresAt, filename, purpose }: StoredFile): JsonObject {
  return {
    id,
    object: "file",
    bytes,
    created_at: Math.floor(createdAt / 1_000),
    expires_at: Math.floor(expiresAt / 1_000),
    filename,
    purpose,
    // Deprecated, but what OpenAI's own `waitForProcessing` looks at.
    status: "processed",
    status_details: null,
  };
}
