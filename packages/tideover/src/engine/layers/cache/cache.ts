import type { CacheTerms, Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import type { EventLog } from "../../event-log.ts";
import { type Failure, failure } from "../../failure.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";
import type { StoredAnswer } from "../../ports/answer-store.ts";
import { newTrace } from "../../provenance.ts";
import { type Layer, type Service, withReady } from "../../service.ts";
import type { AnswerCache } from "./answer-cache.ts";
import { HITS_WORTH_A_REFRESH, REFRESH_PAUSE_MS, REFRESH_PRIORITY } from "./defaults.ts";
import { isDueEarly, judge } from "./freshness.ts";
import type { KeptAnswer } from "./kept-answer.ts";
import { recordedStream } from "./recorded-stream.ts";
import type { RequestKeys } from "./request-key.ts";
import { isStorable, newEntry } from "./storable.ts";
import { preparedHit } from "./stored-hit.ts";

/** How one route uses the cache. */
export interface CacheOptions {
  readonly cache: AnswerCache;
  readonly keys: RequestKeys;
  readonly form: AnswerForm;
  readonly route: string;
  /** Which requests are answered from fresh copies, and share an answer that is being made. */
  readonly when: "deterministic" | "always" | "never";
  /** How long a copy is as good as new, in ms. */
  readonly freshMs: number;
  /** How long a copy may stand in, in ms. */
  readonly staleMs: number;
  /** Between the events of a replayed stream, in ms; 0: all at once. */
  readonly paceMs: number;
  /** The ladder has rungs that give stored answers, so one is kept of every request. */
  readonly keepsStale: boolean;
  /** The ways to end that a stored answer may have: `stop`, and what the route allows beside it. */
  readonly endings: ReadonlySet<string>;
  /** Names that every answer of the route can be purged by. */
  readonly tags: readonly string[];
  /** How long a refresh may take, in ms. */
  readonly deadlineMs: number;
  /** Told of every answer that was stored. */
  readonly onStored?: ((call: Call, key: string, answer: StoredAnswer) => void) | undefined;
  /** Told of every refresh, which goes on after the call that began it was answered; the promise settles at its end. */
  readonly onRefresh?: ((call: Call, over: Promise<void>) => void) | undefined;
}

/**
 * Answers from stored copies, and stores whole live answers. A request that the route would neither answer from a copy
 * nor keep one of passes through untouched.
 */
export function cache(options: CacheOptions, environment: EngineEnvironment): Layer {
  return (next) => {
    const layer = new RouteCache(options, environment, next);
    return withReady(
      (call) => layer.answer(call),
      (call) => layer.ready(call),
    );
  };
}

class RouteCache {
  readonly #options: CacheOptions;
  readonly #environment: EngineEnvironment;
  readonly #next: Service;

  constructor(options: CacheOptions, environment: EngineEnvironment, next: Service) {
    this.#options = options;
    this.#environment = environment;
    this.#next = next;
  }

  answer(call: Call): Promise<Outcome> {
    const terms = call.cacheTerms;
    const governed = this.#governs(call);
    const asked = asksForCopy(terms);
    if (!governed && !this.#options.keepsStale && !asked) return this.#next(call);
    return this.#answerUnder(this.#options.keys.keyOf(call), call, governed, asked, terms);
  }

  /** A copy that lies in memory and will do. */
  ready(call: Call): (() => Answer) | undefined {
    if (call.cacheTerms?.noCache === true || !(this.#governs(call) || asksForCopy(call.cacheTerms))) return undefined;
    const { cache, keys } = this.#options;
    const key = keys.keyOf(call);
    const kept = cache.peek(key, call.tenant);
    const hit = kept === undefined ? undefined : this.#hit(key, call, kept);
    return typeof hit === "function" ? hit : undefined;
  }

  /** Whether the route answers such a request from copies by itself. */
  #governs(call: Call): boolean {
    const { when } = this.#options;
    return when === "always" || (when === "deterministic" && isDeterministic(call));
  }

  async #answerUnder(
    key: string,
    call: Call,
    governed: boolean,
    asked: boolean,
    terms: CacheTerms | undefined,
  ): Promise<Outcome> {
    const { cache } = this.#options;
    let forward: "miss" | "stale" | "request" | "bypass" = governed ? "miss" : "bypass";
    if (terms?.noCache === true) forward = "request";
    else if (governed || asked) {
      const found = cache.peek(key, call.tenant) ?? (await cache.find(key, call.tenant));
      const hit = found === undefined ? undefined : this.#hit(key, call, found);
      if (typeof hit === "function") return hit();
      forward = hit ?? forward;
    }
    if (terms?.onlyIfCached === true) return notCached();
    call.trace.cache = { hit: false, forward };
    const mayShare = governed && terms?.noCache !== true && terms?.noStore !== true;
    return this.#made(key, { ...call, cacheKey: key, flightKey: mayShare ? key : undefined });
  }

  /** What gives the stored answer, or why it will not do. */
  #hit(key: string, call: Call, kept: KeptAnswer): (() => Answer) | "stale" | "request" | undefined {
    const { cache, paceMs } = this.#options;
    const { clock, random } = this.#environment;
    const now = clock.wallTime();
    const isWorth = kept.hits >= HITS_WORTH_A_REFRESH;
    const verdict = judge(kept.answer, call.cacheTerms, now, isWorth);
    if (verdict === "refused") return "request";
    if (verdict === "expired") return "stale";
    const rung = verdict === "fresh" ? "cache" : "stale";
    const hit = preparedHit(call, key, kept, { cache, rung, paceMs }, this.#environment);
    if (hit === undefined) return undefined;
    return () => {
      const given = hit();
      const isDue =
        verdict === "revalidate" || (verdict === "fresh" && isWorth && isDueEarly(kept.answer, now, random));
      if (isDue && call.cacheTerms?.onlyIfCached !== true) this.#refresh(key, call, kept);
      return given;
    };
  }

  /** A new answer, stored on its way when it turns out whole. */
  async #made(key: string, call: Call): Promise<Outcome> {
    const { clock } = this.#environment;
    const startedAt = clock.now();
    const startedAtWall = clock.wallTime();
    const outcome = await this.#next(call);
    if (outcome.type !== "answer" || call.cacheTerms?.noStore === true || !isStorable(outcome)) return outcome;
    const { form, endings } = this.#options;
    const stream = recordedStream(outcome.stream, {
      allows: (event) => form.endedAs([event], endings),
      keep: (log) => {
        // Of those who shared one answer, the first to come to its end stores it.
        const known = this.#options.cache.peek(key, call.tenant);
        const isShared = call.trace.cache?.collapsed === true && known !== undefined;
        if (isShared && known.answer.storedAt >= startedAtWall) return;
        this.#store(key, call, outcome, log, clock.now() - startedAt);
      },
      giveUp: (why) => this.#environment.emit?.({ type: "answer-not-stored", call, why }),
    });
    return { ...outcome, stream };
  }

  #store(key: string, call: Call, answer: Answer, log: EventLog, generationMs: number): void {
    const { cache, route, tags, freshMs, staleMs, onStored } = this.#options;
    const entry = newEntry(call, answer, log, { route, tags, freshMs, staleMs, generationMs }, this.#environment);
    cache.set(key, entry);
    if (call.trace.cache !== undefined) call.trace.cache.stored = true;
    this.#environment.emit?.({ type: "answer-stored", call, length: log.length });
    onStored?.(call, key, entry);
  }

  /** Has an answer made anew, behind everybody else's, while its copy goes on being given. */
  #refresh(key: string, call: Call, kept: KeptAnswer): void {
    const { cache, deadlineMs, onRefresh } = this.#options;
    const startedAt = this.#environment.clock.now();
    if (startedAt < kept.refreshNotBefore || !cache.beginRefresh(key)) return;
    kept.refreshNotBefore = startedAt + REFRESH_PAUSE_MS;
    const refresh: Call = {
      ...call,
      id: `${call.id}-refresh`,
      priority: REFRESH_PRIORITY,
      startedAt,
      deadline: startedAt + deadlineMs,
      signal: new AbortController().signal,
      // Paid from the retry budget, and refused when that is spent: nobody waits for it.
      extra: true,
      // What it may become is a provider's answer, or nothing.
      liveOnly: true,
      ticketed: true,
      respondAsync: undefined,
      idempotencyKey: undefined,
      cacheTerms: undefined,
      cacheKey: undefined,
      flightKey: undefined,
      trace: newTrace(),
    };
    const over = this.#made(key, refresh)
      .then((outcome) => (outcome.type === "answer" ? readToEnd(outcome) : undefined))
      .finally(() => cache.endRefresh(key));
    onRefresh?.(call, over);
  }
}

/** Whoever names terms under which a copy will do has agreed to one, whatever the route does by itself. */
function asksForCopy(terms: CacheTerms | undefined): boolean {
  return terms?.onlyIfCached === true || terms?.maxStaleMs !== undefined;
}

/** The same question has the same answer, as far as the request can say so. */
function isDeterministic({ request }: Call): boolean {
  return request.operation === "embeddings" || request.body.temperature === 0;
}

function notCached(): Failure {
  return failure("rejected", "not-cached", "No stored answer fits this request, and no other was asked for.", {
    code: "not_cached",
  });
}

async function readToEnd({ stream }: Answer): Promise<void> {
  for (;;) if ((await stream.read()).type === "ending") return;
}
