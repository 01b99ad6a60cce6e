import { type AnswerEvent, type AnswerStream, type Batch, type Ending, streamOf } from "../engine/answer-stream.ts";
import type { Call } from "../engine/call.ts";
import { type Clock, sleep } from "../engine/clock.ts";
import { type Failure, failureOf } from "../engine/failure.ts";
import { isJsonObject } from "../engine/json.ts";
import type { Answer, Outcome } from "../engine/outcome.ts";
import { isEnded, type Job, type JobHold, type NewJob } from "../engine/ports/job.ts";
import type { JobStore } from "../engine/ports/job-store.ts";
import type { RungName, Trace } from "../engine/provenance.ts";
import type { Service } from "../engine/service.ts";
import { AnswerFolder, eventFrom } from "../wire/index.ts";
import { LEASE_MS, REPLAY_POLL_MS } from "./defaults.ts";
import { HeldJob, type HolderParts } from "./held-job.ts";
import { provenanceText } from "./job-ending.ts";

/** What a request that is done once works with. */
export interface OnceParts extends HolderParts {
  readonly owner: string;
  /** The rows of calls that are under way in this process, by the calls' accounts. */
  readonly asking: WeakMap<Trace, HeldJob>;
  /** Calls back when a job changes in this process, until the returned function is called. */
  follow(id: string, callback: () => void): () => void;
}

/** What is known of a request under its key before it is asked. */
export type OnceResult =
  | { readonly type: "outcome"; readonly outcome: Outcome }
  | { readonly type: "job"; readonly job: Job }
  | { readonly type: "mismatch" };

/**
 * Answers a call that names an idempotency key: with what the same request got before, else by asking, and then keeps
 * the answer. While the same request is under way elsewhere it waits for that. A failure and a degraded answer are not
 * kept, so that the next try may do better; a store that is out costs the key its effect and not the caller its answer.
 *
 * @param job the row that stands for the request, of kind `live`
 */
export async function answerOnce(call: Call, job: NewJob, next: Service, parts: OnceParts): Promise<OnceResult> {
  const { store, clock, owner, emit } = parts;
  for (;;) {
    if (call.signal.aborted) return outcome(failureOf(call.signal));
    let known: Awaited<ReturnType<JobStore["accept"]>>;
    try {
      known = await store.accept(job, { owner, until: clock.wallTime() + LEASE_MS });
    } catch (error) {
      emit?.({ type: "job-store-failed", doing: "accept", error });
      return outcome(await next(call));
    }
    if (known.type === "mismatch") return known;
    if (known.type === "full" || (known.type === "accepted" && known.hold === undefined))
      return outcome(await next(call));
    if (known.type === "accepted") return outcome(await ask(call, known.job, known.hold as JobHold, next, parts));
    if (known.job.kind === "ticket") return { type: "job", job: known.job };
    if (isEnded(known.job.state)) {
      call.trace.keptAs = known.job.id;
      return outcome(replay(known.job));
    }
    // Under way in another request: its answer is ours, too; if it comes to nothing, it is our turn.
    await changed(known.job.id, call, clock, parts);
  }
}

function outcome(value: Outcome): OnceResult {
  return { type: "outcome", outcome: value };
}

/** The answer that is kept. */
function replay({ result }: Job): Answer {
  const document: unknown = JSON.parse(result?.body ?? "{}");
  const { rung, provider, model } = result?.provenance ?? {};
  return {
    type: "answer",
    origin: {
      rung: (typeof rung === "string" ? rung : "live") as RungName,
      degraded: false,
      ...(typeof provider === "string" ? { provider } : {}),
      ...(typeof model === "string" ? { model } : {}),
    },
    stream: streamOf([eventFrom(isJsonObject(document) ? document : {}, true)]),
  };
}

async function ask(call: Call, job: Job, hold: JobHold, next: Service, parts: OnceParts): Promise<Outcome> {
  // Nothing stops the work: its caller waits for it, whatever becomes of the row.
  const held = new HeldJob(job, hold, parts, () => {});
  parts.asking.set(call.trace, held);
  const given = await next(call);
  parts.asking.delete(call.trace);
  // A ticket has the key by now; a failure and a degraded answer are not to be repeated.
  if (given.type !== "answer" || given.origin.degraded) {
    await held.discard();
    return given;
  }
  call.trace.keptAs = job.id;
  return { ...given, stream: new KeptStream(given, call, held) };
}

/** Waits until a job has changed, for a while at most. */
async function changed(id: string, call: Call, clock: Clock, { follow }: OnceParts): Promise<void> {
  const wait = new AbortController();
  const stop = () => wait.abort();
  const unfollow = follow(id, stop);
  call.signal.addEventListener("abort", stop, { once: true });
  await sleep(clock, REPLAY_POLL_MS, wait.signal);
  call.signal.removeEventListener("abort", stop);
  unfollow();
}

/** An answer on its way to its caller, of which a copy is kept under the key once it is whole. */
class KeptStream implements AnswerStream {
  readonly #answer: Answer;
  readonly #call: Call;
  readonly #held: HeldJob;
  readonly #folder: AnswerFolder;
  #only: AnswerEvent | undefined;
  #count = 0;
  #settled = false;

  constructor(answer: Answer, call: Call, held: HeldJob) {
    this.#answer = answer;
    this.#call = call;
    this.#held = held;
    this.#folder = new AnswerFolder(call.request.operation);
  }

  async read(): Promise<Batch | Ending> {
    const next = await this.#answer.stream.read();
    if (next.type === "ending") {
      this.#settle(next.failure === undefined && this.#folder.failure === undefined);
      return next;
    }
    for (const event of next.events) {
      this.#folder.add(event);
      this.#only = event;
      this.#count++;
    }
    return next;
  }

  cancel(reason: Failure): void {
    this.#settle(false);
    this.#answer.stream.cancel(reason);
  }

  #settle(isWhole: boolean): void {
    if (this.#settled) return;
    this.#settled = true;
    if (!isWhole) {
      void this.#held.discard();
      return;
    }
    const body = this.#count === 1 && this.#only?.whole ? this.#only.data : JSON.stringify(this.#folder.result());
    const provenance = provenanceText(this.#answer.origin, this.#call);
    void this.#held.settle({ type: "answered", result: { status: 200, body, provenance } });
  }
}
