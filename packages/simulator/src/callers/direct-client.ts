import {
  type ByteSource,
  type Clock,
  type Failure,
  failure,
  failureOf,
  isFailure,
  isJsonObject,
  type JsonObject,
  type Transport,
} from "tideover/engine";
import type { AttemptEntry } from "../scenario/call-record.ts";
import type { Asking, Client, Received } from "./client.ts";

/** Where a plain client sends its requests. */
export interface DirectTarget {
  readonly provider: string;
  readonly baseUrl: string;
}

/**
 * A plain SDK without anything of Tideover's: it takes what comes. As OpenAI's own client does, it takes a stream that
 * ends without `[DONE]` for whole, and an empty answer for an answer; an error object inside a stream it throws.
 */
export function directClient(target: DirectTarget, transport: Transport, clock: Clock): Client {
  return async (asking) => {
    const { record } = asking;
    const attempt: AttemptEntry = { provider: target.provider, startedAt: clock.now(), outcome: "running" };
    record.attempts.push(attempt);
    const scope = new AbortController();
    let body: ByteSource | undefined;
    const giveUp = (why: Failure) => {
      scope.abort(why);
      body?.cancel();
    };
    const onLeave = () => giveUp(failureOf(asking.signal));
    asking.signal.addEventListener("abort", onLeave, { once: true });
    const tooLate = failure("deadline", "deadline", "Nothing came in time.");
    const timer = clock.schedule(asking.deadlineAt - clock.now(), () => giveUp(tooLate));
    const reading = new Reading(asking, attempt, clock, () => {
      if (asking.body.stream === true) timer.cancel();
    });
    try {
      const response = await transport.send(
        {
          method: "POST",
          url: `${target.baseUrl}/chat/completions`,
          headers: { "content-type": "application/json", authorization: `Bearer sk-simulated-${target.provider}` },
          body: JSON.stringify(asking.body),
        },
        scope.signal,
      );
      if (response.type === "failure") return reading.end(response);
      body = response.body;
      const begun = response.status < 400;
      const broken = await reading.all(response.body);
      if (scope.signal.aborted) return { ...reading.end(failureOf(scope.signal)), begun };
      if (broken !== undefined) return { ...reading.end(broken), begun };
      if (!begun) return reading.end(refused(response.status, response.header("retry-after")));
      return { ...reading.end(asking.body.stream === true ? reading.streamError() : reading.document()), begun };
    } finally {
      timer.cancel();
      asking.signal.removeEventListener("abort", onLeave);
    }
  };
}

/** What a plain client makes of the bytes that come. */
class Reading {
  readonly #asking: Asking;
  readonly #attempt: AttemptEntry;
  readonly #clock: Clock;
  readonly #firstContent: () => void;
  readonly #decoder = new TextDecoder();
  #raw = "";
  #text = "";
  #finishReason: string | undefined;
  #error: Failure | undefined;

  constructor(asking: Asking, attempt: AttemptEntry, clock: Clock, firstContent: () => void) {
    this.#asking = asking;
    this.#attempt = attempt;
    this.#clock = clock;
    this.#firstContent = firstContent;
  }

  /** Reads to the end; gives what broke the connection. */
  async all(body: ByteSource): Promise<Failure | undefined> {
    for (;;) {
      const next = await body.read();
      if (next === undefined) return undefined;
      if (isFailure(next)) return next;
      this.#raw += this.#decoder.decode(next, { stream: true });
      if (this.#asking.body.stream === true) this.#events();
    }
  }

  streamError(): Failure | undefined {
    return this.#error;
  }

  document(): Failure | undefined {
    const json = parse(this.#raw);
    if (json === undefined) return failure("fault", "not-json", "The answer is not JSON.");
    if (json.error !== undefined) return failure("fault", "error-object", "The answer is an error object.");
    this.#note(json, "message");
    return undefined;
  }

  end(broken: Failure | undefined): Received {
    const { record } = this.#asking;
    this.#attempt.endedAt = this.#clock.now();
    if (broken === undefined) {
      this.#attempt.outcome = "answered";
      // An empty answer is an answer to a plain client: it has come when it has ended.
      record.firstContentAt ??= this.#clock.now();
      record.rung = "live";
      record.provider = this.#attempt.provider;
      record.degraded = false;
      return { text: this.#text, finishReason: this.#finishReason };
    }
    this.#attempt.outcome = record.firstContentAt === undefined ? broken.kind : "cut";
    this.#attempt.reason = broken.reason;
    record.failureKind = broken.kind;
    record.failureReason = broken.reason;
    return { text: this.#text, failure: broken };
  }

  #events(): void {
    const blocks = this.#raw.split(/\r?\n\r?\n/);
    this.#raw = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = /^data: ?(.*)$/m.exec(block)?.[1];
      if (data === undefined || data === "[DONE]") continue;
      const json = parse(data);
      if (json === undefined) this.#error = failure("fault", "malformed", "An event is not JSON.");
      else if (json.error !== undefined) this.#error = failure("fault", "error-object", "The stream holds an error.");
      else this.#note(json, "delta");
    }
  }

  #note(json: JsonObject, member: "delta" | "message"): void {
    const choice = Array.isArray(json.choices) ? json.choices[0] : undefined;
    if (!isJsonObject(choice)) return;
    if (typeof choice.finish_reason === "string") this.#finishReason = choice.finish_reason;
    const part = choice[member];
    const text = isJsonObject(part) && typeof part.content === "string" ? part.content : "";
    if (text === "") return;
    this.#text += text;
    if (this.#asking.record.firstContentAt !== undefined) return;
    this.#asking.record.firstContentAt = this.#clock.now();
    this.#attempt.committedAt = this.#clock.now();
    this.#firstContent();
  }
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** An error status, in the kinds that decide whether an SDK asks again. */
function refused(status: number, retryAfter: string | undefined): Failure {
  const again = status === 408 || status === 409 || status === 429 || status >= 500;
  const seconds = Number(retryAfter);
  return failure(again ? "overloaded" : "caller", `http-${status}`, `The provider answered ${status}.`, {
    status,
    ...(retryAfter !== undefined && seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}),
  });
}
