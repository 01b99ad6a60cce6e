import { type SseFrame, SseParser } from "tideover/wire";

/**
 * The events of a response's body as they come. `EventSource` cannot send a key and cannot post, so the stream is
 * read here. Throws what the reading throws: the connection broke, or the signal aborted.
 */
export async function* readEvents(response: Response): AsyncGenerator<SseFrame> {
  if (response.body === null) return;
  const parser = new SseParser();
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(value);
      if (parser.failure !== undefined) throw new Error(parser.failure.message);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
