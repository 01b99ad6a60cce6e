import { drain, scriptedStream, testCall, textEvent, VirtualClock } from "../../../../testing/index.ts";
import { type AnswerEvent, type Ending, streamOf, WHOLE } from "../../../answer-stream.ts";
import type { CacheTerms, Call } from "../../../call.ts";
import type { EngineEvent } from "../../../engine-event.ts";
import { seededRandom } from "../../../kernels/seeded-random.ts";
import type { Outcome } from "../../../outcome.ts";
import type { AnswerForm } from "../../../ports/answer-form.ts";
import type { AnswerStore } from "../../../ports/answer-store.ts";
import { newTrace, type Origin } from "../../../provenance.ts";
import { AnswerCache } from "../answer-cache.ts";
import { type CacheOptions, cache } from "../cache.ts";
import { requestKeys } from "../request-key.ts";

export const HOUR = 3_600_000;
/** Keys tell themselves apart by what they are made of. */
const hash = (data: string | Uint8Array) => (typeof data === "string" ? data : new TextDecoder().decode(data));

/** Texts are joined; what ended with "length" ended badly. */
const form: AnswerForm = {
  read(text) {
    const json = JSON.parse(text) as { choices: { delta: { content: string }; finish_reason: string | null }[] };
    return textEvent(json.choices[0]?.delta.content ?? "", json.choices[0]?.finish_reason ?? undefined);
  },
  fold(events) {
    const text = events
      .map(({ json }) => (json.choices as { delta: { content: string } }[])[0]?.delta.content)
      .join("");
    return { ...textEvent(text, "stop"), whole: true };
  },
  endedAs: (events, reasons) => events.every(({ finishReason: reason }) => reason === undefined || reasons.has(reason)),
};

/** What differs from a layer over a ladder that answers at once. */
export interface Stage {
  readonly options?: Partial<CacheOptions>;
  readonly store?: (clock: VirtualClock) => AnswerStore;
  readonly memoryBytes?: number;
  /** What the ladder gives to each call in turn; the last one for ever. */
  readonly give?: readonly (readonly AnswerEvent[] | Outcome)[];
  readonly origin?: Origin;
  readonly ending?: Ending;
  /** How long one answer takes, in ms. */
  readonly takesMs?: number;
}

/** A cache layer in virtual time, its ladder, and what asks it. */
export function stage({
  options,
  store,
  memoryBytes = 1_000_000,
  give,
  origin,
  ending = WHOLE,
  takesMs = 0,
}: Stage = {}) {
  const clock = new VirtualClock();
  const events: EngineEvent[] = [];
  const environment = { clock, random: seededRandom(1), emit: (event: EngineEvent) => void events.push(event) };
  const answers = new AnswerCache({ memoryBytes, form, store: store?.(clock) }, environment);
  const made: Call[] = [];
  const layer = cache(
    {
      cache: answers,
      keys: requestKeys("route", "policy", hash),
      form,
      route: "route",
      when: "deterministic",
      freshMs: HOUR,
      staleMs: 24 * HOUR,
      paceMs: 0,
      keepsStale: false,
      endings: new Set(["stop"]),
      tags: ["shop"],
      deadlineMs: 60_000,
      ...options,
    },
    environment,
  )((call) => {
    made.push(call);
    const given = give?.[Math.min(made.length, give.length) - 1] ?? [textEvent(`Answer ${made.length}`, "stop")];
    if ("type" in given) return Promise.resolve(given);
    const stream =
      takesMs === 0
        ? streamOf(given, ending)
        : scriptedStream(clock, [{ afterMs: takesMs, give: given }, { give: ending }]);
    return Promise.resolve({
      type: "answer",
      origin: origin ?? { rung: "live", provider: "a", model: "m", degraded: false },
      stream,
    });
  });
  const ask = async (changes: Parameters<typeof testCall>[0] & { terms?: Partial<CacheTerms> } = {}) => {
    const { terms, ...rest } = changes;
    const call = testCall({
      trace: newTrace(),
      ...rest,
      request: { body: { model: "m", temperature: 0, messages: [] }, ...rest.request },
      ...(terms === undefined
        ? {}
        : { cacheTerms: { noCache: false, noStore: false, onlyIfCached: false, tags: [], ...terms } }),
    });
    const outcome = await clock.run(layer(call));
    if (outcome.type !== "answer") return { call, outcome, text: undefined };
    const { text } = await clock.run(drain(outcome.stream));
    return { call, outcome, text, origin: outcome.origin };
  };
  return { clock, answers, made, layer, ask, events };
}
