import { type ClientRequest, request } from "node:http";
import { contentOf } from "../harness/ask.ts";

/** A streamed request as a client with a socket of its own sees it. */
export interface OpenStream {
  /** The text so far. */
  readonly content: string;
  /** `[DONE]` came. */
  readonly done: boolean;
  /** The connection is over, for whatever reason. */
  readonly closed: boolean;
  /** Resolves with the first content; rejects when the connection ends before. */
  readonly firstContent: Promise<void>;
  /** Resolves when the connection is over. */
  readonly end: Promise<void>;
  /** Closes the socket. */
  hangUp(): void;
}

/** Asks for a stream. Nothing is thrown once it is open; what happens is seen in its members. */
export function openStream(url: string, body: object): OpenStream {
  return new SocketStream(url, body);
}

class SocketStream implements OpenStream {
  content = "";
  done = false;
  closed = false;
  readonly firstContent: Promise<void>;
  readonly end: Promise<void>;
  readonly #request: ClientRequest;
  #rest = "";

  constructor(url: string, body: object) {
    const first = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    this.firstContent = first.promise;
    this.end = end.promise;
    // Who hangs up before the first content does not wait for it.
    this.firstContent.catch(() => undefined);
    this.#request = request(
      `${url}/v1/chat/completions`,
      { method: "POST", agent: false, headers: { "content-type": "application/json" } },
      (response) => {
        response.setEncoding("utf8");
        response.on("data", (text: string) => {
          this.#take(text);
          if (this.content !== "") first.resolve();
        });
        // A cut connection ends with `close` too; that is where it is noted.
        response.on("error", () => undefined);
      },
    );
    this.#request.on("error", () => undefined);
    this.#request.on("close", () => {
      this.closed = true;
      first.reject(new Error("The connection ended before any content."));
      end.resolve();
    });
    this.#request.end(JSON.stringify({ ...body, stream: true }));
  }

  hangUp(): void {
    this.#request.destroy();
  }

  #take(text: string): void {
    const events = (this.#rest + text).split("\n\n");
    this.#rest = events.pop() ?? "";
    for (const event of events) {
      if (!event.startsWith("data: ")) continue;
      if (event === "data: [DONE]") this.done = true;
      else this.content += contentOf(JSON.parse(event.slice(6)));
    }
  }
}
