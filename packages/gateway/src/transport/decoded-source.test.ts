import { brotliCompressSync, createGzip, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { type ByteSource, failure } from "tideover/engine";
import { expect, test } from "vitest";
import { decodeContent } from "./decoded-source.ts";
import { readAll } from "./testing/raw-server.ts";

interface ScriptedSource extends ByteSource {
  cancelled: boolean;
  reads: number;
}

function sourceOf(chunks: readonly (Uint8Array | ReturnType<typeof failure>)[]): ScriptedSource {
  return {
    cancelled: false,
    reads: 0,
    read() {
      return Promise.resolve(chunks[this.reads++]);
    },
    cancel() {
      this.cancelled = true;
    },
  };
}

function decode(source: ByteSource, codings: string): ByteSource {
  const decoded = decodeContent(source, codings, "host:1");
  if ("type" in decoded) throw new Error(decoded.message);
  return decoded;
}

const text = "data: 你好, tide 🌊\n\n".repeat(40);
const coded: Record<string, Uint8Array> = {
  gzip: gzipSync(text),
  deflate: deflateSync(text),
  br: brotliCompressSync(text),
  zstd: zstdCompressSync(text),
  "gzip, br": brotliCompressSync(gzipSync(text)),
  "GZIP , identity": gzipSync(text),
};

test.each(Object.entries(coded))("%s, split anywhere", async (coding, bytes) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 20 }), async (sizes) => {
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const size of sizes) {
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      chunks.push(bytes.subarray(at));
      const filled = chunks.filter((chunk) => chunk.length > 0);
      expect(await readAll(decode(sourceOf(filled), coding))).toEqual({ text });
    }),
    { numRuns: 25 },
  );
});

test("deflate without its zlib frame, as some servers send it", async () => {
  expect(await readAll(decode(sourceOf([deflateRawSync(text)]), "deflate"))).toEqual({ text });
});

test("an event comes out before the next one goes in", async () => {
  const zip = createGzip();
  const flushed = new Promise<Buffer>((resolve) => {
    zip.once("data", (head: Buffer) => zip.once("data", (data: Buffer) => resolve(Buffer.concat([head, data]))));
  });
  zip.write("data: first\n\n");
  zip.flush();
  let pulled = 0;
  const first = await flushed;
  const source: ByteSource = {
    read: () => (pulled++ === 0 ? Promise.resolve(first) : new Promise(() => undefined)),
    cancel: () => undefined,
  };
  const chunk = await decode(source, "gzip").read();
  expect(Buffer.from(chunk as Uint8Array).toString()).toBe("data: first\n\n");
  zip.destroy();
});

test("a truncated document is not a clean end", async () => {
  const result = await readAll(decode(sourceOf([gzipSync(text).subarray(0, -12)]), "gzip"));
  expect(result.broke).toBe("protocol-error");
});

test("bytes that are not compressed, and the connection is given up", async () => {
  const source = sourceOf([Buffer.from("plain text, not gzip")]);
  expect(await readAll(decode(source, "gzip"))).toEqual({ text: "", broke: "protocol-error" });
  expect(source.cancelled).toBe(true);
});

test("a broken connection shows through, after what had come", async () => {
  const lost = failure("fault", "connection-lost", "lost");
  const result = await readAll(decode(sourceOf([gzipSync(text).subarray(0, 50), lost]), "gzip"));
  expect(result.broke).toBe("connection-lost");
});

test("no body at all is an empty one", async () => {
  expect(await readAll(decode(sourceOf([]), "gzip"))).toEqual({ text: "" });
});

test("a small bomb is taken out as it is read, not at once", async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const source = sourceOf([bomb.subarray(0, 1024), bomb.subarray(1024)]);
  const decoded = decode(source, "gzip");
  const first = await decoded.read();
  expect((first as Uint8Array).byteLength).toBeLessThanOrEqual(128 * 1024);
  decoded.cancel();
  expect(source.cancelled).toBe(true);
  expect(await decoded.read()).toMatchObject({ kind: "cancelled" });
});

test("cancel settles a pending read", async () => {
  const source: ByteSource = { read: () => new Promise(() => undefined), cancel: () => undefined };
  const decoded = decode(source, "br");
  const pending = decoded.read();
  decoded.cancel();
  expect(await pending).toMatchObject({ kind: "cancelled" });
});

test.each(["snappy", "gzip, gzip, gzip, gzip"])("%s is refused", (codings) => {
  expect(decodeContent(sourceOf([]), codings, "host:1")).toMatchObject({ kind: "fault", reason: "protocol-error" });
});

test("no coding, or identity, is the source itself", () => {
  const source = sourceOf([]);
  expect(decodeContent(source, undefined, "h")).toBe(source);
  expect(decodeContent(source, "identity", "h")).toBe(source);
});
