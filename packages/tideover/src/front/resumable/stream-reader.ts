import { encodeEvent, KEEP_ALIVE } from "../../wire/index.ts";
import type { Exchange } from "../exchange.ts";
import type { HttpBody, HttpRequest } from "../http.ts";
import { type BodyProducer, KeepAliveBody } from "../keep-alive.ts";
import { keepAliveIntervalMs } from "../parse-headers.ts";
import { onAbort } from "../running-call.ts";
import type { LogReader, StreamLog } from "./stream-log.ts";

/** What is told to a reader whose next frames are kept no more: it must not take what it has for the whole. */
const LEFT_BEHIND = JSON.stringify({
  type: "error",
  error: {
    type: "server_error",
    code: "stream_interrupted",
    message: "This reader fell behind what is kept of the stream. Ask again.",
  },
});

/**
 * A body that follows a log from behind a frame to the end, with signs of life in silence.
 * @param request the client's own, whose leaving ends the body and not the log
 * @param left called once, when this reader needs the log no more
 */
export function followLog(
  log: StreamLog,
  seenId: number,
  { clock, settings }: Pick<Exchange, "clock" | "settings">,
  request: HttpRequest,
  left: () => void,
): HttpBody {
  const body = new KeepAliveBody({
    clock,
    intervalMs: keepAliveIntervalMs(request, settings.keepAlive.intervalMs),
    signOfLife: KEEP_ALIVE,
    // The log's own filler has its bounds.
    patienceMs: Number.POSITIVE_INFINITY,
    silentAlready: false,
  });
  const reader = new Reader(log, seenId, body, left);
  body.fillFrom(reader);
  log.readers.add(reader);
  reader.forgetAbort = onAbort(request.signal, () => body.cancel());
  return body;
}

class Reader implements BodyProducer, LogReader {
  forgetAbort: () => void = () => {};
  readonly #log: StreamLog;
  readonly #body: KeepAliveBody;
  readonly #left: () => void;
  #seenId: number;
  #wanted = false;

  constructor(log: StreamLog, seenId: number, body: KeepAliveBody, left: () => void) {
    this.#log = log;
    this.#seenId = seenId;
    this.#body = body;
    this.#left = left;
  }

  pull(): void {
    this.#wanted = true;
    this.wake();
  }

  wake(): void {
    if (!this.#wanted) return;
    const piece = this.#log.after(this.#seenId);
    if (piece.type === "wait") return;
    this.#wanted = false;
    if (piece.type === "frames") {
      this.#seenId = piece.lastId;
      this.#body.give(piece.bytes);
      return;
    }
    this.#body.end(piece.type === "gone" ? encodeEvent({ event: "error", data: LEFT_BEHIND }) : undefined);
    this.#leave();
  }

  expire(): void {
    this.#body.end();
    this.#leave();
  }

  cancel(): void {
    this.#leave();
  }

  #leave(): void {
    this.#wanted = false;
    this.forgetAbort();
    if (this.#log.readers.delete(this)) this.#left();
  }
}
