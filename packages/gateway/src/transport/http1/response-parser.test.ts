import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HttpError } from "./http-error.ts";
import type { ResponseHead } from "./response-head.ts";
import { ResponseParser } from "./response-parser.ts";

const MOST_HEAD_BYTES = 2_000;

interface Read {
  readonly head: ResponseHead | undefined;
  readonly body: string;
  readonly whole: boolean;
  /** Bytes that belong to the response. */
  readonly taken: number;
  readonly code: string | undefined;
}

/** Reads the pieces, each in memory that is overwritten afterwards, as a socket's is; then the connection ends. */
function read(pieces: readonly Buffer[], end = true): Read {
  let head: ResponseHead | undefined;
  let body = "";
  let whole = false;
  let taken = 0;
  const parser = new ResponseParser(
    {
      onHead: (seen) => {
        head = seen;
      },
      onData: (bytes, start, end) => {
        body += bytes.toString("latin1", start, end);
      },
      onEnd: () => {
        whole = true;
      },
    },
    MOST_HEAD_BYTES,
  );
  let code: string | undefined;
  try {
    for (const piece of pieces) {
      // What lies behind the bytes of a read is left over from others.
      const memory = Buffer.concat([piece, Buffer.from("\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")]);
      taken += parser.push(memory, piece.length);
      memory.fill(0);
    }
    if (end) parser.end();
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    code = error.code;
  }
  return { head, body, whole, taken, code };
}

const text = (response: string, end = true) => read([Buffer.from(response, "latin1")], end);
const chunked = (chunks: string) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`;

describe("where a body ends", () => {
  test.each<[string, string, string]>([
    ["by its length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"],
    ["no body at length 0", "HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", ""],
    ["no body at 204, whatever the head says", "HTTP/1.1 204 No Content\r\n\r\n", ""],
    ["by chunks", chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "abcde"],
    ["by chunks in capitals, with extensions", chunked('A;x="y"\r\n0123456789\r\n0;last\r\n\r\n'), "0123456789"],
    ["by chunks, with trailers", chunked("1\r\na\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n"), "a"],
    [
      "after informational responses",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      "ok",
    ],
    ["without a reason phrase", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na", "a"],
  ])("%s", (_what, response, body) => {
    const result = text(response, false);
    expect(result).toMatchObject({ body, whole: true, code: undefined, taken: response.length });
    expect(text(`${response}HTTP/1.1 200 OK`, false).taken).toBe(response.length);
  });

  test("by the end of the connection, after which it cannot be kept", () => {
    const result = text("HTTP/1.1 200 OK\r\n\r\nto the end");
    expect(result).toMatchObject({ body: "to the end", whole: true, code: undefined });
    expect(result.head?.keepAlive).toBe(false);
  });

  test("a cut one is not whole", () => {
    const whole = chunked("3\r\nabc\r\n0\r\nT: 1\r\n\r\n");
    for (let length = 0; length < whole.length; length++) {
      expect(text(whole.slice(0, length))).toMatchObject({ whole: false, code: "HTTP_CLOSED" });
    }
  });
});

describe("whether the connection can be kept", () => {
  test.each<[string, boolean, number | undefined]>([
    ["HTTP/1.1 200 OK\r\n", true, undefined],
    ["HTTP/1.1 200 OK\r\nConnection: foo, Close\r\n", false, undefined],
    ["HTTP/1.0 200 OK\r\n", false, undefined],
    ["HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", true, undefined],
    ["HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=100\r\n", true, 5_000],
  ])("%j", (start, keepAlive, keepAliveMs) => {
    expect(text(`${start}Content-Length: 0\r\n\r\n`).head).toMatchObject({ keepAlive, keepAliveMs });
  });
});

describe("headers", () => {
  test("names in any case, several values joined, white space around values taken off", () => {
    const { head } = text(
      "HTTP/1.1 200 OK\r\nX-One:  a \t\r\nx-one: b\r\nEmpty:\r\n__proto__: c\r\nContent-Length: 0\r\n\r\n",
    );
    expect(Object.fromEntries(head?.headers ?? [])).toEqual(
      Object.fromEntries([
        ["x-one", "a, b"],
        ["empty", ""],
        ["__proto__", "c"],
        ["content-length", "0"],
      ]),
    );
  });
});

/** What a lenient reader would guess at, and an attacker between two of them use. */
describe("what is refused", () => {
  test.each<[string, string]>([
    ["another protocol", "SSH-2.0-x\r\n"],
    ["another version", "HTTP/2.0 200 OK\r\n\r\n"],
    ["HTTP/0.9", "hello"],
    ["a status that is none", "HTTP/1.1 20 OK\r\n\r\n"],
    ["a status above 599", "HTTP/1.1 999 OK\r\n\r\n"],
    ["an upgrade that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
    ["bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"],
    ["a line feed within a header", "HTTP/1.1 200 OK\r\nA: b\nContent-Length: 0\r\n\r\n"],
    ["a NUL", "HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n"],
    ["a folded header", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"],
    ["a space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\na"],
    ["a header without a name", "HTTP/1.1 200 OK\r\n: x\r\n\r\n"],
    ["a header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"],
    ["a length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
    ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"],
    ["a length with a sign", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na"],
    ["a length in hex", "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\na"],
    ["a length beyond all numbers", `HTTP/1.1 200 OK\r\nContent-Length: ${"9".repeat(20)}\r\n\r\n`],
    ["another transfer coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"],
    ["chunked twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"],
    ["a chunk without a size", chunked("\r\nabc\r\n")],
    ["a chunk size with 0x", chunked("0x3\r\nabc\r\n")],
    ["a chunk size with a sign", chunked("+3\r\nabc\r\n")],
    ["a chunk size beyond all numbers", chunked(`${"f".repeat(17)}\r\n`)],
    ["a chunk size with a bare line feed", chunked("3\nabc\r\n")],
    ["a chunk longer than it says", chunked("3\r\nabcd\r\n")],
    ["a chunk that ends in a bare line feed", chunked("3\r\nabc\n")],
    ["a line feed within an extension", chunked("3;a\nb\r\nabc\r\n")],
    ["an extension without end", chunked(`3;${"x".repeat(5_000)}`)],
    ["a trailer that is none", chunked("0\r\nnonsense\r\n\r\n")],
  ])("%s", (_what, response) => {
    const result = text(response);
    expect(result).toMatchObject({ whole: false, code: "HTTP_INVALID" });
    // Not because of how it happened to be cut.
    const bytes = [...Buffer.from(response, "latin1")].map((byte) => Buffer.from([byte]));
    expect(read(bytes).code).toBe("HTTP_INVALID");
  });

  test.each([
    ["a head", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(MOST_HEAD_BYTES)}`],
    ["informational heads without end", "HTTP/1.1 103 Hints\r\n\r\n".repeat(200)],
    ["trailers", chunked(`0\r\nX: ${"x".repeat(MOST_HEAD_BYTES)}`)],
  ])("%s above the bound, whole or not", (_what, response) => {
    expect(text(response).code).toBe("HTTP_HEADERS_OVERFLOW");
    expect(read([...Buffer.from(response)].map((byte) => Buffer.from([byte]))).code).toBe("HTTP_HEADERS_OVERFLOW");
  });
});

describe("whichever way the bytes are cut", () => {
  const anyBody = fc.oneof(
    fc.string({ maxLength: 300 }).map((body) => {
      const bytes = Buffer.from(body);
      return { body: bytes, wire: Buffer.concat([Buffer.from(`Content-Length: ${bytes.length}\r\n\r\n`), bytes]) };
    }),
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { maxLength: 8 }).map((chunks) => {
      const framed = chunks.map((chunk) =>
        Buffer.concat([Buffer.from(`${chunk.length.toString(16)};e=1\r\n`), chunk, Buffer.from("\r\n")]),
      );
      const head = Buffer.from("Transfer-Encoding: chunked\r\n\r\n");
      return { body: Buffer.concat(chunks), wire: Buffer.concat([head, ...framed, Buffer.from("0\r\nT: 1\r\n\r\n")]) };
    }),
  );

  test("the response is the same, and nothing beyond it is taken", () => {
    fc.assert(
      fc.property(anyBody, fc.array(fc.nat(40), { minLength: 1, maxLength: 60 }), ({ body, wire }, sizes) => {
        const response = Buffer.concat([Buffer.from("HTTP/1.1 103 X\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n"), wire]);
        const all = Buffer.concat([response, Buffer.from("HTTP/1.1 200 next")]);
        const pieces: Buffer[] = [];
        let at = 0;
        for (const size of sizes) {
          pieces.push(all.subarray(at, at + size));
          at += size;
        }
        pieces.push(all.subarray(at));
        const result = read(pieces, false);
        expect(result).toMatchObject({ body: body.toString("latin1"), whole: true, taken: response.length });
      }),
    );
  });

  test("random bytes end in an answer or an error, never in an exception or a loop", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), fc.boolean(), (pieces, begun) => {
        const start = begun ? [Buffer.from(chunked(""))] : [];
        read([...start, ...pieces.map((piece) => Buffer.from(piece))]);
      }),
    );
  });
});
