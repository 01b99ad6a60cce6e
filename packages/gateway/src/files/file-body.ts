import { type FileHandle, open } from "node:fs/promises";
import type { HttpBody } from "tideover/front";
import { READ_BYTES } from "./defaults.ts";

/**
 * A file as the body of a response, read at its reader's pace.
 * @throws what the file system throws when it cannot be opened
 */
export async function fileBody(path: string): Promise<HttpBody> {
  const handle = await open(path, "r");
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    void closeQuietly(handle);
  };
  return {
    async read() {
      if (!isOpen) return undefined;
      const { bytesRead, buffer } = await handle.read(new Uint8Array(READ_BYTES), 0, READ_BYTES, null);
      if (bytesRead > 0) return buffer.subarray(0, bytesRead);
      close();
      return undefined;
    },
    cancel: close,
  };
}

/** A read may be under way: the handle is closed behind it, and nobody is left to hear of trouble. */
async function closeQuietly(handle: FileHandle): Promise<void> {
  await handle.close().catch(() => undefined);
}
