import type { ResolvedRoute, ResolvedRung } from "../config/resolved-config.ts";
import { EventLog } from "../engine/event-log.ts";
import {
  type Answer,
  type CacheOptions,
  type Call,
  type ComposeAnswer,
  collect,
  type EngineEnvironment,
  type Failure,
  failure,
  isFailure,
  type JsonObject,
  newTrace,
  type Operation,
  type RequestKeys,
  type ReviewInbox,
  type Rung,
  type Service,
  streamOf,
  type TicketDesk,
  template,
} from "../engine/index.ts";
import { newEntry } from "../engine/layers/cache/storable.ts";
import { storedHit } from "../engine/layers/cache/stored-hit.ts";
import { unfitText } from "../engine/rungs/text-answer.ts";
import { provenanceText } from "../jobs/job-ending.ts";
import { requestOf } from "../jobs/job-request.ts";
import { AnswerFolder, textAnswerEvents } from "../wire/index.ts";
import { type Caching, type RouteCachingParts, routeKeys } from "./caching.ts";

/** What review works with. */
export interface RouteReviewParts extends RouteCachingParts {
  /** Where degraded answers wait for people; absent: `review` has no effect. */
  readonly inbox?: ReviewInbox | undefined;
}

/** A request that a person decides about, as the inbox kept it. */
export interface ReviewedRequest {
  readonly id: string;
  readonly tenant: string;
  readonly operation: Operation;
  /** As the caller named it. */
  readonly model: string;
  /** The request's body. */
  readonly request: Uint8Array;
}

/** What is to be answered from now on. */
export interface ReviewedAnswer {
  /** What it says; empty for an answer that is no text. */
  readonly text: string;
  readonly answer: Answer;
  /** JSON text of the document that an unstreamed caller gets. */
  readonly document: string;
  /** How it came about, as callers read it. */
  readonly provenance: JsonObject;
}

/** What can be done about the degraded answers of one route. Takes and gives nothing that outlives a reload. */
export interface RouteReview {
  /** A text in the form of an answer, or why it cannot be one (JSON was asked for). @throws SyntaxError for a damaged request */
  write(request: ReviewedRequest, text: string): Promise<ReviewedAnswer | Failure>;
  /** Asks the live providers now. @throws SyntaxError for a damaged request */
  regenerate(request: ReviewedRequest, signal: AbortSignal): Promise<ReviewedAnswer | Failure>;
  /** Gives the answer to whoever asks the same from now on. False: nothing is stored here. */
  store(request: ReviewedRequest, reviewed: ReviewedAnswer): Promise<boolean>;
}

/** Names every stored answer that a person decided about, to know it by and to purge it by. */
const REVIEWED_TAG = "tideover-reviewed";
/** A person waits: before the standard traffic, behind the critical. */
const PRIORITY = 2;

/** Degraded answers that people decide about. */
export const review = { isReviewed, ofRoute: routeReview, reviewedTemplate, toldOfAnswers, toldOfTickets };

/** Whether a route has a rung whose answers are to be reviewed. */
function isReviewed({ ladder }: Pick<ResolvedRoute, "ladder">): boolean {
  return ladder.some((rung) => rung.kind === "template" && rung.review);
}

/**
 * The template rung of which every answer goes to the inbox, until a person has decided: then it gives what was decided
 * for that request, where the ladder has not come to it before.
 */
function reviewedTemplate(
  { text }: Extract<ResolvedRung, { kind: "template" }>,
  route: ResolvedRoute,
  { environment, caching, providers }: RouteReviewParts,
  inbox: ReviewInbox,
  compose: ComposeAnswer,
): Rung {
  if (caching === undefined) return { name: "template", slow: false, service: template(text, compose) };
  const keys = routeKeys(route, providers, caching);
  const fill = template(text, compose, (call, given) => {
    // Whoever wants nothing stored wants nothing read by others either.
    if (call.cacheTerms?.noStore === true) return;
    const { tenant, request } = call;
    inbox.offer({ tenant, request, route: route.name, rung: "template", key: keys.keyOf(call), text: given });
  });
  const decided = decidedAnswers(keys, caching, route.cache.pace, environment);
  return { name: "template", slow: false, service: async (call) => (await decided(call)) ?? (await fill(call)) };
}

/** Finds what a person decided for a request. */
function decidedAnswers(keys: RequestKeys, { answers }: Caching, paceMs: number, environment: EngineEnvironment) {
  return async (call: Call): Promise<Answer | undefined> => {
    if (call.cacheTerms?.noCache === true || call.request.operation === "embeddings") return undefined;
    const key = keys.keyOf(call);
    const kept = await answers.find(key, call.tenant);
    if (kept === undefined || !kept.answer.tags.includes(REVIEWED_TAG)) return undefined;
    const rung = kept.answer.freshUntil > environment.clock.wallTime() ? "cache" : "stale";
    return storedHit(call, key, kept, { cache: answers, rung, paceMs }, environment);
  };
}

/** A desk that tells the inbox of the jobs that it opens. */
function toldOfTickets(
  desk: TicketDesk,
  route: ResolvedRoute,
  { caching, providers }: RouteReviewParts,
  inbox: ReviewInbox,
): TicketDesk {
  if (caching === undefined) return desk;
  const keys = routeKeys(route, providers, caching);
  return {
    async open(call, terms) {
      const opened = await desk.open(call, terms);
      if (opened.type === "accepted") inbox.ticketOpened(keys.keyOf(call), opened.jobId);
      return opened;
    },
    adopt: (call, running, stop, terms) => desk.adopt(call, running, stop, terms),
    once: (call, next) => desk.once(call, next),
  };
}

/** What is told of every stored answer: the inbox, too. */
function toldOfAnswers(inbox: ReviewInbox, others?: CacheOptions["onStored"]): NonNullable<CacheOptions["onStored"]> {
  return (call, key, answer) => {
    inbox.answerStored(key);
    others?.(call, key, answer);
  };
}

/**
 * What reviewers do to the answers of a route.
 * @param live the route's live providers; undefined where it has none
 */
function routeReview(route: ResolvedRoute, parts: RouteReviewParts, live: Service | undefined): RouteReview {
  const { environment, caching, providers } = parts;
  const { clock } = environment;
  return {
    async write(reviewed, text) {
      const call = callOf(reviewed, route, environment);
      const { operation } = call.request;
      const unfit = unfitText(call, text);
      if (unfit !== undefined || operation === "embeddings") return unfit ?? noText();
      const created = Math.floor(clock.wallTime() / 1_000);
      const { id, model } = reviewed;
      const events = textAnswerEvents({ id: `tideover-${id}`, created, model, text, operation, stream: true });
      return read({ type: "answer", origin: { rung: "template", degraded: false }, stream: streamOf(events) }, call);
    },
    async regenerate(reviewed, signal) {
      if (live === undefined) return failure("incompatible", "no-provider", "The route has no live provider to ask.");
      const call = { ...callOf(reviewed, route, environment), signal };
      const outcome = await live(call);
      if (isFailure(outcome)) return outcome;
      if (outcome.type === "answer") return read(outcome, call);
      return failure("fault", "ticket-of-review", "The route answered a reviewer with a job.");
    },
    async store(reviewed, { answer }) {
      if (caching === undefined) return false;
      const call = callOf(reviewed, route, environment);
      const { fresh: freshMs, stale: staleMs, tags } = route.cache;
      const whole = await collect(answer, call.signal);
      const first = isFailure(whole) ? undefined : await whole.stream.read();
      if (isFailure(whole) || first?.type !== "batch") return false;
      const terms = { route: route.name, tags: [...tags, REVIEWED_TAG], freshMs, staleMs, generationMs: 0 };
      const key = routeKeys(route, providers, caching).keyOf(call);
      // Other processes may hold the old answer in their memories; a store that is away keeps nothing of it either.
      await caching.answers.purge({ key }).catch(() => 0);
      caching.answers.set(key, newEntry(call, whole, EventLog.of(first.events), terms, environment));
      return true;
    },
  };
}

/** Reads an answer to its end; the returned one can be read again. */
async function read(answer: Answer, call: Call): Promise<ReviewedAnswer | Failure> {
  const whole = await collect(answer, call.signal);
  if (isFailure(whole)) return whole;
  const first = await whole.stream.read();
  if (first.type !== "batch") return failure("fault", "empty-answer", "The answer was empty.");
  const folder = new AnswerFolder(call.request.operation);
  for (const event of first.events) folder.add(event);
  const document = folder.resultText();
  const provenance = provenanceText(whole.origin, call);
  return { text: textIn(folder.result()), answer: { ...whole, stream: streamOf(first.events) }, document, provenance };
}

/** The text of a document's first choice. */
function textIn({ choices }: JsonObject): string {
  const first = Array.isArray(choices) ? choices[0] : undefined;
  if (typeof first !== "object" || first === null || Array.isArray(first)) return "";
  const { message, text } = first;
  if (typeof text === "string") return text;
  const content = typeof message === "object" && message !== null && !Array.isArray(message) ? message.content : "";
  return typeof content === "string" ? content : "";
}

/** The request as a call of its own, answered by nobody's copy. @throws SyntaxError for a damaged request */
function callOf(reviewed: ReviewedRequest, route: ResolvedRoute, { clock }: EngineEnvironment): Call {
  const startedAt = clock.now();
  return {
    id: `review-${reviewed.id}`,
    request: requestOf(reviewed, reviewed.request),
    tenant: reviewed.tenant,
    priority: PRIORITY,
    startedAt,
    deadline: startedAt + route.deadline,
    signal: new AbortController().signal,
    callerRetries: 0,
    lastChance: false,
    avoid: [],
    ticketed: true,
    // What is decided is stored by the decision alone.
    cacheTerms: { noCache: true, noStore: true, onlyIfCached: false, tags: [] },
    trace: newTrace(),
  };
}

function noText(): Failure {
  return failure("incompatible", "not-text", "The request asked for embeddings; no text answers it.");
}
