import fc from "fast-check";
import { expect, test } from "vitest";
import { boundaryOf, readMultipart } from "./multipart.ts";

/** A form as its parts, however its bytes are cut. */
async function partsOf(bytes: Uint8Array, boundary: string, cut: (at: number) => number, reads = () => true) {
  async function* source() {
    for (let at = 0; at < bytes.length; ) {
      const end = at + Math.max(1, cut(at));
      yield bytes.subarray(at, end);
      at = end;
    }
  }
  const parts: { name: string; filename: string | undefined; text: string }[] = [];
  for await (const { name, filename, body } of readMultipart(source(), boundary)) {
    const pieces: Uint8Array[] = [];
    if (reads()) for await (const piece of body) pieces.push(piece);
    parts.push({ name, filename, text: Buffer.concat(pieces).toString("utf8") });
  }
  return parts;
}

test("what fetch writes is read back, however it is cut and whatever is in it", async () => {
  const text = fc.oneof(fc.string(), fc.constantFrom("\r\n--", "--\r\n\r\n", "\r\n\r\n", "灯"));
  await fc.assert(
    fc.asyncProperty(fc.array(text), fc.integer({ min: 1, max: 97 }), async (texts, size) => {
      const form = new FormData();
      form.set("purpose", "batch");
      form.set("file", new Blob([texts.join("")]), 'a "name".jsonl');
      const request = new Response(form);
      const boundary = boundaryOf(request.headers.get("content-type") ?? "") ?? "";
      const parts = await partsOf(await request.bytes(), boundary, () => size);
      expect(parts).toEqual([
        { name: "purpose", filename: undefined, text: "batch" },
        { name: "file", filename: 'a "name".jsonl', text: texts.join("") },
      ]);
    }),
    { numRuns: 60 },
  );
});

const FORM =
  '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=b\r\n\r\n2\r\n--x--\r\n';

test("a part that nobody reads is passed over", async () => {
  const names = (
    await partsOf(
      Buffer.from(FORM),
      "x",
      () => 7,
      () => false,
    )
  ).map(({ name }) => name);
  expect(names).toEqual(["a", "b"]);
});

test.each([
  ["cut off", FORM.slice(0, 60), /middle of a part/],
  ["without a boundary", "hello", /middle of a part/],
  ["a part without a name", "--x\r\nContent-Type: text/plain\r\n\r\n1\r\n--x--", /no name/],
  ["a head without end", `--x\r\n${"a".repeat(20_000)}`, /too long/],
  [
    "too many parts",
    `${'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'.repeat(40)}--x--`,
    /more than 16/,
  ],
])("no form: %s", async (_, text, message) => {
  await expect(partsOf(Buffer.from(text), "x", () => 1_000)).rejects.toThrow(message);
});

test.each([
  ["multipart/form-data; boundary=abc", "abc"],
  ['multipart/form-data; charset=utf-8; boundary="a b"', "a b"],
  ["application/json", undefined],
  [undefined, undefined],
])("the boundary of %s", (type, boundary) => {
  expect(boundaryOf(type)).toBe(boundary);
});
