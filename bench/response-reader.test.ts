import fc from "fast-check";
import { expect, test } from "vitest";
import { ResponseReader } from "./response-reader.ts";

const SIZED = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const CHUNKED = "HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";

function read(pieces: readonly string[]): string[] {
  const told: string[] = [];
  const reader = new ResponseReader();
  const expectNext = () =>
    reader.expect({
      onHead: (status) => told.push(`${status}:`),
      onBody: (text) => told.push(text),
      onEnd: () => {
        told.push(";");
        expectNext();
      },
    });
  expectNext();
  for (const piece of pieces) reader.push(piece);
  return told;
}

test("any split of two responses reads the same", () => {
  const whole = SIZED + CHUNKED;
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length), { maxLength: 12 }), (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), whole.length];
      const pieces = places.slice(1).map((end, index) => whole.slice(places[index], end));
      expect(read(pieces).join("")).toBe("200:hello;201:hello;");
    }),
  );
});

test("a chunk longer than announced, bytes after the end, and a response without a length are errors", () => {
  expect(() => read(["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n"])).toThrow("longer");
  expect(() => read(["HTTP/1.1 200 OK\r\n\r\n"])).toThrow("neither length nor chunks");
  const reader = new ResponseReader();
  expect(() => reader.push("HTTP/1.1 200 OK")).toThrow("Unasked");
});
