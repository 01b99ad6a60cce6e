import type { Timer } from "../engine/index.ts";
import { encodeEvent, KEEP_ALIVE } from "../wire/index.ts";
import type { EndpointGroup } from "./endpoint-groups.ts";
import { jsonResponse } from "./error-response.ts";
import { callerError } from "./errors.ts";
import { eventStreamResponse } from "./event-stream-response.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpResponse } from "./http.ts";
import { KeepAliveBody } from "./keep-alive.ts";
import { noStatusHere } from "./not-kept-here.ts";
import { refuse } from "./respond-to-call.ts";
import { identityHeaders } from "./response-headers.ts";

/** How well a service answers, from best to worst. */
export type StatusLevel = "normal" | "busy" | "degraded" | "outage";

/** How things are now. Times in ms since the Unix epoch. Everybody may see it. */
export interface ServiceStatus {
  readonly at: number;
  /** The worst of the routes'. */
  readonly level: StatusLevel;
  readonly since: number;
  readonly routes: readonly { readonly name: string; readonly level: StatusLevel; readonly since: number }[];
}

/** Who knows how things are. */
export interface FrontStatus {
  read(): ServiceStatus;
  /**
   * Calls back when a level has changed, until the returned function is called. Undefined: there are too many readers.
   */
  follow(changed: () => void): (() => void) | undefined;
}

/** How long one stream of levels lives, in ms; browsers come back by themselves. */
const MOST_MS = 3_600_000;
/** Silence after which a reader gets a sign of life, in ms: under the idle limits of proxies. */
const SIGN_OF_LIFE_MS = 15_000;
/** How long an answer may be kept, in seconds, and used for longer while the next one is fetched. */
const KEPT = "public, max-age=1, stale-while-revalidate=5";
/** Readable from every page: there is nothing in it that a page may not know. */
const ANY_ORIGIN = { "access-control-allow-origin": "*" };

/** The endpoints of the status, open to everyone. */
export const statusEndpoints: EndpointGroup<"status"> = {
  respond({ options }, exchange, endpoint) {
    const { status } = options;
    if (status === undefined) return refuse(exchange, noStatusHere());
    return endpoint.streamed ? statusStream(exchange, status) : statusResponse(exchange, status);
  },
};

/** `GET /v1/status`: how degraded things are now, without a key and without secrets. */
function statusResponse(exchange: Exchange, status: FrontStatus): HttpResponse {
  const body = JSON.stringify(statusDocument(status.read()));
  exchange.end({ result: "answered", status: 200 });
  const response = jsonResponse(200, body, { ...identityHeaders(exchange.id), ...ANY_ORIGIN, "cache-control": KEPT });
  return exchange.request.method === "HEAD" ? { ...response, body: new Uint8Array() } : response;
}

/** `GET /v1/status/stream`: the same as server-sent events: how things are, and again with each change of a level. */
function statusStream(exchange: Exchange, status: FrontStatus): HttpResponse {
  const body = new KeepAliveBody({
    clock: exchange.clock,
    intervalMs: SIGN_OF_LIFE_MS,
    signOfLife: KEEP_ALIVE,
    patienceMs: Number.POSITIVE_INFINITY,
    silentAlready: false,
  });
  const follower = new StatusFollower(exchange, status, body);
  if (!follower.follows) {
    const error = callerError("load_shed", "Too many follow the status already. Ask /v1/status now and then instead.", {
      retryAfterMs: 10_000,
      headers: ANY_ORIGIN,
    });
    return refuse(exchange, error);
  }
  body.fillFrom(follower);
  return eventStreamResponse(exchange, ANY_ORIGIN, body);
}

/** The public form: times in whole seconds. */
function statusDocument({ at, level, since, routes }: ServiceStatus) {
  const seconds = (ms: number) => Math.floor(ms / 1_000);
  return {
    object: "status",
    level,
    since: seconds(since),
    at: seconds(at),
    routes: routes.map((route) => ({ name: route.name, level: route.level, since: seconds(route.since) })),
  };
}

/** Tells one reader of every change; one that reads slowly is told of the last one only. */
class StatusFollower {
  readonly #exchange: Exchange;
  readonly #status: FrontStatus;
  readonly #body: KeepAliveBody;
  readonly #unfollow: (() => void) | undefined;
  readonly #end: Timer | undefined;
  #wanted = false;
  #changed = true;

  constructor(exchange: Exchange, status: FrontStatus, body: KeepAliveBody) {
    this.#exchange = exchange;
    this.#status = status;
    this.#body = body;
    this.#unfollow = status.follow(() => {
      this.#changed = true;
      this.#tell();
    });
    if (this.follows) this.#end = exchange.clock.schedule(MOST_MS, () => this.expire());
  }

  get follows(): boolean {
    return this.#unfollow !== undefined;
  }

  pull(): void {
    this.#wanted = true;
    this.#tell();
  }

  expire(): void {
    this.#close();
    this.#body.end();
  }

  cancel(): void {
    this.#close();
  }

  #tell(): void {
    if (!this.#wanted || !this.#changed) return;
    this.#wanted = false;
    this.#changed = false;
    const data = JSON.stringify(statusDocument(this.#status.read()));
    this.#body.give(encodeEvent({ event: "status", data }));
  }

  #close(): void {
    this.#unfollow?.();
    this.#end?.cancel();
    this.#exchange.end({ result: "answered", status: 200 });
  }
}
