import type { Call, Clock, ErrorCode, Failure, Operation, Origin, Service, Trace, Usage } from "../engine/index.ts";
import type { Admitted } from "./front-options.ts";
import type { HttpRequest } from "./http.ts";
import type { FrontJobs } from "./job-endpoints.ts";
import type { FrontSettings } from "./settings.ts";

/**
 * How an exchange ended, as seen from the caller:
 * - `answered`: a whole answer, or what was asked for of the other endpoints.
 * - `accepted`: a ticket.
 * - `refused`: the front itself refused the request; nothing was tried.
 * - `failed`: an error in place of an answer.
 * - `interrupted`: an answer that had begun was cut, and flagged.
 * - `cancelled`: the caller went away.
 */
export type ExchangeResult = "answered" | "accepted" | "refused" | "failed" | "interrupted" | "cancelled";

/** The account of one exchange for logs and metrics. Holds no key, no prompt and no answer. */
export interface ExchangeRecord {
  readonly requestId: string;
  readonly method: string;
  /** The path that was recognised; absent for an unknown one. */
  readonly endpoint?: string | undefined;
  readonly operation?: Operation | undefined;
  readonly model?: string | undefined;
  readonly route?: string | undefined;
  readonly tenant?: string | undefined;
  readonly keyName?: string | undefined;
  readonly remoteAddress?: string | undefined;
  readonly stream: boolean;
  readonly priority?: number | undefined;
  readonly callerRetries?: number | undefined;
  readonly result: ExchangeResult;
  /** The status that was sent; 499 for a caller that went away before. */
  readonly status: number;
  /** The code that the caller saw. */
  readonly code?: ErrorCode | undefined;
  readonly failure?: Failure | undefined;
  /** What was thrown where nothing may be thrown: a defect. */
  readonly thrown?: unknown;
  readonly origin?: Origin | undefined;
  readonly trace: Trace;
  readonly usage?: Usage | undefined;
  /** When the request came, in ms since the Unix epoch. */
  readonly startedAt: number;
  /** To the outcome (an answer's first content event, or the failure), in ms. */
  readonly outcomeMs?: number | undefined;
  /** To the end of the exchange, in ms. */
  readonly totalMs: number;
}

/** What is known when an exchange ends. */
export interface ExchangeEnding {
  readonly result: ExchangeResult;
  readonly status: number;
  readonly code?: ErrorCode | undefined;
  readonly failure?: Failure | undefined;
  readonly origin?: Origin | undefined;
  readonly usage?: Usage | undefined;
}

/** One request and response under way: what the parts of the front share, and the one place that reports the end. */
export class Exchange {
  readonly id: string;
  readonly clock: Clock;
  readonly settings: FrontSettings;
  readonly request: HttpRequest;
  readonly trace: Trace;
  /** Where tickets are read; absent where none are given. */
  readonly jobs: FrontJobs | undefined;
  /** On the engine's clock (ms). */
  readonly startedAt: number;
  endpoint: string | undefined;
  keyName: string | undefined;
  tenant: string | undefined;
  route: string | undefined;
  call: Omit<Call, "signal"> | undefined;
  /** Who let the call in, and is told how it goes on. */
  admitted: Admitted | undefined;
  readonly #onExchange: ((record: ExchangeRecord) => void) | undefined;
  readonly #startedAtWall: number;
  #thrown: unknown;
  #ended = false;
  #outcomeAt: number | undefined;
  /** A stream that was let in and has not begun. */
  #waits = false;

  constructor(
    request: HttpRequest,
    id: string,
    trace: Trace,
    surroundings: {
      readonly clock: Clock;
      readonly settings: FrontSettings;
      readonly jobs?: FrontJobs | undefined;
      readonly onExchange?: ((record: ExchangeRecord) => void) | undefined;
    },
  ) {
    this.request = request;
    this.id = id;
    this.trace = trace;
    this.clock = surroundings.clock;
    this.settings = surroundings.settings;
    this.jobs = surroundings.jobs;
    this.#onExchange = surroundings.onExchange;
    this.startedAt = surroundings.clock.now();
    this.#startedAtWall = surroundings.onExchange === undefined ? 0 : surroundings.clock.wallTime();
  }

  /** Notes what was thrown where nothing may be thrown, so that the record tells it. */
  readonly noteThrown = (error: unknown): void => {
    this.#thrown ??= error;
  };

  /** When the outcome was there, on the engine's clock (ms). */
  get outcomeAt(): number | undefined {
    return this.#outcomeAt;
  }

  set outcomeAt(at: number) {
    this.#outcomeAt = at;
    if (!this.#waits || this.#ended) return;
    this.#waits = false;
    this.admitted?.begins();
  }

  /** From now on a stream is waited for. */
  waitsForStream(): void {
    if (this.#ended) return;
    this.#waits = true;
    this.admitted?.waits();
  }

  /** From the arrival to now, in ms. */
  elapsedMs(): number {
    return this.clock.now() - this.startedAt;
  }

  /** Reports the end; only the first one counts. */
  end(ending: ExchangeEnding): void {
    if (this.#ended) return;
    this.#ended = true;
    this.admitted?.ends(this.#waits);
    const onExchange = this.#onExchange;
    if (onExchange === undefined) return;
    const { request, call } = this;
    const record: ExchangeRecord = {
      requestId: this.id,
      method: request.method,
      endpoint: this.endpoint,
      operation: call?.request.operation,
      model: call?.request.model,
      route: this.route,
      tenant: this.tenant,
      keyName: this.keyName,
      remoteAddress: request.remoteAddress,
      stream: call?.request.stream ?? false,
      priority: call?.priority,
      callerRetries: call?.callerRetries,
      ...ending,
      thrown: this.#thrown,
      trace: this.trace,
      startedAt: this.#startedAtWall,
      outcomeMs: this.outcomeAt === undefined ? undefined : this.outcomeAt - this.startedAt,
      totalMs: this.elapsedMs(),
    };
    if (request.afterwards === undefined) onExchange(record);
    else request.afterwards(() => onExchange(record));
  }
}

/** A call that was checked and has its route: what the responders need. */
export interface RoutedCall {
  readonly call: Omit<Call, "signal">;
  readonly service: Service;
  /** How long one read of the answer's stream may take, in ms. */
  readonly totalMs: number;
  /** Whether the route gives tickets. */
  readonly givesTickets: boolean;
}
