import {
  type AnswerStore,
  type Clock,
  type FlightLedger,
  type JobDelivery,
  type JobQueue,
  type JobStore,
  type PurgeSelection,
  type ReviewInbox,
  sleep,
} from "tideover/engine";
import type { Bus } from "./bus.ts";
import { type InboxNote, NOTES } from "./worker-messages.ts";

/** The names under which the primary offers what it keeps. */
export const PORTS = {
  answers: "answers",
  flights: "flights",
  jobs: "jobs",
  queue: "queue",
  outbox: "outbox",
  totals: "totals",
} as const;

/** What workers may do with each; `close` is the primary's. */
export const ANSWER_METHODS = [
  "get",
  "set",
  "purge",
  "setVector",
  "vectors",
] as const satisfies readonly (keyof AnswerStore)[];
export const FLIGHT_METHODS = [
  "join",
  "append",
  "end",
  "release",
  "read",
] as const satisfies readonly (keyof FlightLedger)[];
/** Written out as an object so that a method that the port gains is missed here by the compiler, not by a caller. */
const JOB_STORE_METHODS: Readonly<Record<Exclude<keyof JobStore, "close">, true>> = {
  accept: true,
  find: true,
  lease: true,
  request: true,
  start: true,
  renew: true,
  complete: true,
  fail: true,
  release: true,
  discard: true,
  forget: true,
  forgetTenant: true,
  cancel: true,
  redrive: true,
  sweep: true,
  list: true,
  counts: true,
  groupCounts: true,
  unpublished: true,
  published: true,
  unannounced: true,
  announced: true,
  purge: true,
};
export const JOB_METHODS = Object.keys(JOB_STORE_METHODS) as readonly (keyof JobStore)[];

/** The note that tells workers of a purge. */
export const PURGED = "purged";
/** After a queue that could not be asked, in ms. */
const ASK_AGAIN_MS = 1_000;

/** An object whose methods are those of what the other side offers under a name. */
function remote(bus: Bus, port: string, methods: readonly string[]): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const method of methods) made[method] = (...args: readonly unknown[]) => bus.call(port, method, args);
  return made;
}

const closed = () => Promise.resolve();

/** The primary's job store. */
export function remoteJobStore(bus: Bus): JobStore {
  return { ...remote(bus, PORTS.jobs, JOB_METHODS), close: closed } as unknown as JobStore;
}

/** The primary's ledger of flights, which all workers share. */
export function remoteFlightLedger(bus: Bus): FlightLedger {
  return remote(bus, PORTS.flights, FLIGHT_METHODS) as unknown as FlightLedger;
}

/** The primary's second level of the cache; purges that were made elsewhere reach level one. */
export function remoteAnswerStore(bus: Bus): AnswerStore {
  const listeners = new Set<(selection: PurgeSelection) => void>();
  bus.on(PURGED, (selection) => {
    for (const listener of listeners) listener(selection as PurgeSelection);
  });
  return {
    ...(remote(bus, PORTS.answers, ANSWER_METHODS) as unknown as Pick<AnswerStore, (typeof ANSWER_METHODS)[number]>),
    onPurge(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The primary's review inbox: it is told, and nobody waits. */
export function remoteInbox(bus: Bus): ReviewInbox {
  const tell = (note: InboxNote) => bus.note(NOTES.inbox, note);
  return {
    offer: (answer) => tell(["offer", answer]),
    ticketOpened: (key, jobId) => tell(["ticketOpened", key, jobId]),
    answerStored: (key) => tell(["answerStored", key]),
  };
}

/** Gives what a worker has told to the inbox. */
export function tellInbox(inbox: ReviewInbox, note: InboxNote): void {
  const [operation] = note;
  if (operation === "answerStored") inbox.answerStored(note[1]);
  else if (operation === "ticketOpened") inbox.ticketOpened(note[1], note[2]);
  else inbox.offer(note[1]);
}

const SIGNAL: JobDelivery = { acknowledge: closed, giveBack: closed };

/** The primary's queue, which only says that there is work; the store chooses it. */
export function remoteJobQueue(bus: Bus, clock: Clock): JobQueue {
  return {
    order: "store",
    async publish(notices) {
      try {
        return (await bus.call(PORTS.queue, "publish", [notices])) as readonly string[];
      } catch {
        // The port promises never to reject: what was not taken is published again from the store.
        return [];
      }
    },
    async receive(limit, waitMs, signal) {
      try {
        const count = (await bus.call(PORTS.queue, "receive", [limit, waitMs, signal])) as number;
        return Array<JobDelivery>(count).fill(SIGNAL);
      } catch {
        // The primary is gone, or nobody waits any more: no work, and no loop without a rest.
        await sleep(clock, Math.min(waitMs, ASK_AGAIN_MS), signal);
        return [];
      }
    },
    close: closed,
  };
}
