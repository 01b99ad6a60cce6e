import { expect, test } from "vitest";
import { framed } from "./chunk-framing.ts";

/** Every value of a byte, again and again. */
const bytes = (length: number) => Uint8Array.from({ length }, (_, index) => index);

test.each([1, 15, 16, 256, 16_368, 16_369, 100_000])(
  "a chunk of %i bytes is its size, its bytes and a line end",
  (length) => {
    const body = bytes(length);
    const expected = Buffer.concat([Buffer.from(`${length.toString(16)}\r\n`), body, Buffer.from("\r\n")]);
    const chunk = framed(body);
    const written = typeof chunk === "string" ? Buffer.from(chunk, "latin1") : chunk;
    expect(written.equals(expected)).toBe(true);
  },
);

test("bytes within others, and those of a Buffer, are themselves alone", () => {
  const within = bytes(300).subarray(250, 256);
  expect(framed(within)).toBe(`6\r\n${Buffer.from(within).toString("latin1")}\r\n`);
  expect(framed(Buffer.from("x潮y").subarray(1, 4))).toBe(`3\r\n${Buffer.from("潮").toString("latin1")}\r\n`);
});

test("what fits on Node's stack is a text, what does not is bytes", () => {
  expect(typeof framed(bytes(16_368))).toBe("string");
  expect(framed(bytes(16_369))).toBeInstanceOf(Buffer);
});
