import { expect, test } from "vitest";
import { type AnswerReader, failure, WHOLE } from "../../engine/index.ts";
import type { ByteReader, ByteSource } from "../../engine/ports/transport.ts";
import { type AnswerDecoder, pumpAnswer } from "./pump-answer.ts";

/** A source that hands on what a test pushes, and says whether it was cancelled. */
class PushedSource implements ByteSource {
  cancelled = false;
  #reader: ByteReader | undefined;

  read(): ReturnType<ByteSource["read"]> {
    return new Promise((resolve) => this.readInto({ take: resolve }));
  }

  readInto(reader: ByteReader): void {
    this.#reader = reader;
  }

  push(bytes: Uint8Array | undefined): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.take(bytes);
  }

  cancel(): void {
    this.cancelled = true;
    this.push(undefined);
  }
}

const BYTES = new Uint8Array([1]);
const decoder = (push: AnswerDecoder["push"]): AnswerDecoder => ({
  push,
  end: () => ({ events: [], ending: WHOLE }),
  broken: (cause) => ({ events: [], ending: { type: "ending", failure: cause } }),
});

test("a decoder that throws is told to the reader, who may cancel from within", async () => {
  const source = new PushedSource();
  const mistake = new Error("a mistake");
  const stream = pumpAnswer(
    source,
    decoder(() => {
      throw mistake;
    }),
  );
  const told: unknown[] = [];
  const reason = failure("cancelled", "reader-gone", "Enough.");
  const reader: AnswerReader = {
    take: (next) => told.push(next),
    broken: (error) => {
      told.push(error);
      stream.cancel(reason);
    },
  };
  stream.readInto?.(reader);
  source.push(BYTES);
  expect(told).toEqual([mistake]);
  expect(source.cancelled).toBe(true);
  expect(await stream.read()).toEqual({ type: "ending", failure: reason });
});

test("a read rejects with what the decoder threw", async () => {
  const source = new PushedSource();
  const stream = pumpAnswer(
    source,
    decoder(() => {
      throw new Error("a mistake");
    }),
  );
  const read = stream.read();
  source.push(BYTES);
  await expect(read).rejects.toThrow("a mistake");
});

test("bytes that bring nothing are followed by the next ones, and the end is handed on once", async () => {
  const source = new PushedSource();
  const stream = pumpAnswer(
    source,
    decoder(() => ({ events: [] })),
  );
  const told: unknown[] = [];
  stream.readInto?.({ take: (next) => told.push(next), broken: (error) => told.push(error) });
  source.push(BYTES);
  source.push(BYTES);
  expect(told).toEqual([]);
  source.push(undefined);
  expect(told).toEqual([WHOLE]);
  expect(await stream.read()).toEqual(WHOLE);
});
