import type { Call } from "../../call.ts";
import { collect } from "../../collect.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { type Failure, failure } from "../../failure.ts";
import type { Hash } from "../../hash.ts";
import { isJsonObject, type Json } from "../../json.ts";
import type { AnswerCache } from "../../layers/cache/answer-cache.ts";
import { mayStandIn } from "../../layers/cache/freshness.ts";
import { storedHit } from "../../layers/cache/stored-hit.ts";
import { within } from "../../layers/deadline/deadline.ts";
import { newTrace } from "../../provenance.ts";
import type { Service } from "../../service.ts";
import { rungFailure } from "../text-answer.ts";
import { EMBED_MS, MOST_EMBEDDINGS, REMEMBER_MS, REMEMBER_PRIORITY } from "./defaults.ts";
import { type Question, questionOf } from "./question.ts";
import type { SimilarQuestions } from "./similar-questions.ts";

/** How one rung finds similar answers. */
export interface SimilarOptions {
  readonly cache: AnswerCache;
  readonly questions: SimilarQuestions;
  readonly hash: Hash;
  readonly route: string;
  /** Makes embeddings: the provider's whole service, with breaker and limit. */
  readonly embedder: Service;
  /** Name of the provider and of its embedding model: vectors of others cannot be compared. */
  readonly provider: string;
  readonly model: string;
  /** Least cosine similarity. */
  readonly threshold: number;
  readonly paceMs: number;
}

/** A rung, and what it must be told to have something to give. */
export interface SimilarRung {
  readonly service: Service;
  /** An answer was stored under this key: its question is embedded, off everybody's path. */
  remember(call: Call, key: string): void;
}

/**
 * Answers with what was stored for a question like this one: of the same tenant and route, with the same system prompt,
 * model and parameters. Always marked as degraded, with the similarity.
 */
export function similar(options: SimilarOptions, environment: EngineEnvironment): SimilarRung {
  const rung = new SimilarAnswers(options, environment);
  return { service: (call) => rung.answer(call), remember: (call, key) => void rung.remember(call, key) };
}

class SimilarAnswers {
  readonly #options: SimilarOptions;
  readonly #environment: EngineEnvironment;

  constructor(options: SimilarOptions, environment: EngineEnvironment) {
    this.#options = options;
    this.#environment = environment;
  }

  async answer(call: Call): ReturnType<Service> {
    const question = questionOf(call.request);
    if (question === undefined) return rungFailure("not-comparable", "This request cannot be compared by its text.");
    const { cache, questions, threshold, paceMs } = this.#options;
    const { clock } = this.#environment;
    const scope = this.#scopeOf(call, question);
    const [vector] = await Promise.all([
      this.#embed(question, { ...call, deadline: Math.min(call.deadline, clock.now() + EMBED_MS) }),
      questions.readScope(scope, cache, clock),
    ]);
    if ("type" in vector) return rungFailure("no-embedding", `The question could not be embedded: ${vector.message}`);
    const found = questions.index.nearest(scope, vector);
    if (found === undefined || found.similarity < threshold) {
      const most = found === undefined ? "none is known" : `the nearest has ${found.similarity.toFixed(3)}`;
      return rungFailure("none-similar", `No stored question is similar enough (${threshold}); ${most}.`);
    }
    const kept = await cache.find(found.key, call.tenant);
    if (kept === undefined) {
      questions.index.delete(found.key);
      return rungFailure("not-stored", "The answer to a similar question is not stored any more.");
    }
    if (!mayStandIn(kept.answer, call.cacheTerms, clock.wallTime())) {
      return rungFailure("copy-refused", "The stored answer is not what the request's Cache-Control allows.");
    }
    const similarity = Math.round(Math.min(1, found.similarity) * 1_000) / 1_000;
    const hit = storedHit(call, found.key, kept, { cache, rung: "similar", paceMs, similarity }, this.#environment);
    return hit ?? rungFailure("copy-unreadable", "The stored answer cannot be read.");
  }

  async remember(call: Call, key: string): Promise<void> {
    const { cache, questions } = this.#options;
    const question = questionOf(call.request);
    if (question === undefined || questions.embedding >= MOST_EMBEDDINGS) return;
    questions.embedding++;
    const startedAt = this.#environment.clock.now();
    const { purges } = cache;
    const vector = await this.#embed(question, {
      ...call,
      id: `${call.id}-embedding`,
      priority: REMEMBER_PRIORITY,
      startedAt,
      deadline: startedAt + REMEMBER_MS,
      signal: new AbortController().signal,
    });
    questions.embedding--;
    if ("type" in vector || purges !== cache.purges) return;
    const scope = this.#scopeOf(call, question);
    questions.index.add(scope, key, vector);
    const storedAt = this.#environment.clock.wallTime();
    await cache.setVector(key, { scope, storedAt, values: Float32Array.from(vector) });
  }

  async #embed({ text }: Question, call: Call): Promise<readonly number[] | Failure> {
    const { embedder, model } = this.#options;
    const body = { model, input: text, encoding_format: "float" };
    const asked: Call = {
      ...call,
      request: {
        operation: "embeddings",
        model,
        body,
        bytes: new TextEncoder().encode(JSON.stringify(body)),
        stream: false,
        includeUsage: false,
      },
      cacheKey: undefined,
      flightKey: undefined,
      callerRetries: 0,
      // Not an attempt at the answer: the account of the call is about those.
      trace: newTrace(),
    };
    const outcome = await within(asked, embedder, this.#environment.clock);
    if (outcome.type === "failure") return outcome;
    if (outcome.type === "accepted") return failure("fault", "no-embedding", "No embedding was given.");
    const answer = await collect(outcome, call.signal);
    if (answer.type === "failure") return answer;
    const batch = await answer.stream.read();
    const json = batch.type === "batch" ? batch.events[0]?.json : undefined;
    return vectorIn(json?.data) ?? failure("fault", "no-embedding", "The provider's answer holds no embedding.");
  }

  #scopeOf({ tenant }: Call, { frame }: Question): string {
    const { hash, route, provider, model } = this.#options;
    return hash(JSON.stringify([tenant, route, provider, model, frame]));
  }
}

function vectorIn(data: Json | undefined): readonly number[] | undefined {
  const first = Array.isArray(data) ? (data[0] as Json | undefined) : undefined;
  const vector = isJsonObject(first) ? first.embedding : undefined;
  const isVector = Array.isArray(vector) && vector.length > 0 && vector.every((value) => typeof value === "number");
  return isVector ? (vector as readonly number[]) : undefined;
}
