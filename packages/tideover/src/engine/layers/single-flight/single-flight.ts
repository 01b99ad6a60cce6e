import type { AnswerStream } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { collect } from "../../collect.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { failureOf } from "../../failure.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";
import type { Layer, Service } from "../../service.ts";
import { Flight, type Member } from "./flight.ts";

/** The flights under way, of all routes and live groups; shared, so that they outlive a reload. */
export class Flights {
  readonly #flights = new Map<string, Flight>();

  /** How many are under way and can be joined. */
  get size(): number {
    return this.#flights.size;
  }

  /** The flight that a call may join, or a new one. */
  of(name: string, call: Call, service: Service, form: Pick<AnswerForm, "read">): Flight {
    const known = this.#flights.get(name);
    if (known !== undefined && mayJoin(known, call)) return known;
    const flight: Flight = new Flight(call, service, form, () => {
      if (this.#flights.get(name) === flight) this.#flights.delete(name);
    });
    this.#flights.set(name, flight);
    return flight;
  }
}

/**
 * Makes one answer for identical requests that come at the same time. Whoever comes later is shown the answer from its
 * beginning; each keeps its own deadline and its own pace, and may leave. A failure is everybody's, once: each then
 * goes down its own ladder.
 * @param group name of the live group, unique on the route
 * @param form reads what is held of an answer as text
 */
export function singleFlight(
  flights: Flights,
  group: string,
  form: Pick<AnswerForm, "read">,
  { emit }: EngineEnvironment,
): Layer {
  return (next) => (call) => {
    if (call.flightKey === undefined) return next(call);
    const flight = flights.of(`${group} ${call.flightKey}`, call, next, form);
    const isLeader = flight.leader === call;
    if (!isLeader) {
      call.trace.cache = { hit: false, forward: "miss", ...call.trace.cache, collapsed: true };
      emit?.({ type: "flight-joined", call, where: "here" });
    }
    return ride(flight, call);
  };
}

/** A more urgent call must not wait behind a less urgent one, nor be shed with it. */
function mayJoin(flight: Flight, { priority }: Call): boolean {
  return flight.hasBegun || flight.priority <= priority;
}

async function ride(flight: Flight, call: Call): Promise<Outcome> {
  const member = flight.join(call);
  const outcome = await unlessLeft(flight, member);
  if (outcome.type !== "answer") return outcome;
  const answer: Answer = { ...outcome, stream: new MemberStream(flight, member) };
  // An unstreamed leader's answer is whole already; nothing of it can break any more.
  if (call.request.stream || !flight.leader.request.stream) return answer;
  return collect(answer, call.signal);
}

/** The flight's outcome, or the caller's own end if that comes first. */
function unlessLeft(flight: Flight, member: Member): Promise<Outcome> {
  const { signal } = member.call;
  return new Promise((resolve) => {
    const onAbort = () => {
      const reason = failureOf(signal);
      flight.leave(member, reason);
      resolve(reason);
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener("abort", onAbort, { once: true });
    void flight.outcome.then((outcome) => {
      signal.removeEventListener("abort", onAbort);
      resolve(outcome);
    });
  });
}

/** The answer as one member reads it. */
class MemberStream implements AnswerStream {
  readonly #flight: Flight;
  readonly #member: Member;

  constructor(flight: Flight, member: Member) {
    this.#flight = flight;
    this.#member = member;
  }

  async read() {
    const next = this.#flight.take(this.#member) ?? (await this.#flight.wait(this.#member));
    if (next.type === "ending") this.#noteSeams();
    return next;
  }

  cancel(reason: Parameters<AnswerStream["cancel"]>[0]): void {
    this.#flight.leave(this.#member, reason);
  }

  /** Where the answer changed hands is part of every reader's account. */
  #noteSeams(): void {
    const { trace } = this.#member.call;
    const { seams } = this.#flight.leader.trace;
    if (trace.seams !== seams) trace.seams.splice(0, trace.seams.length, ...seams);
  }
}
