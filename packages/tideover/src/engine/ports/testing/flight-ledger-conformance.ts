import type { FlightLedger, FlightSeat } from "../flight-ledger.ts";
import { type ConformanceCase, same } from "./conformance.ts";

/** What the cases need of an adapter under test. */
export interface FlightLedgerFixture {
  readonly ledger: FlightLedger;
  /** Another process's view of the same flights. */
  readonly other: FlightLedger;
  /** Lets so many ms pass, by the ledger's own clock. */
  wait(ms: number): Promise<void>;
}

/** A lease that no case outlives, in ms. */
const LONG_MS = 60_000;
/** A lease that the cases wait out, in ms: twice {@link SHORT_MS} is enough on a loaded machine. */
const SHORT_MS = 150;
const WHOLE = { type: "whole" } as const;
const FAILED = { type: "failed", failure: '{"kind":"fault"}' } as const;
const open = () => new AbortController().signal;

async function lead(ledger: FlightLedger, key: string, leaseMs = LONG_MS) {
  const seat = await ledger.join(key, leaseMs);
  if (seat.role !== "leader") throw new Error(`join(${key}): expected to lead, got to follow.`);
  return seat;
}

async function follow(ledger: FlightLedger, key: string) {
  same(await ledger.join(key, LONG_MS), { role: "follower" } satisfies FlightSeat, `join(${key})`);
}

/** What every {@link FlightLedger} must do. */
export const FLIGHT_LEDGER_CONFORMANCE: readonly ConformanceCase<FlightLedgerFixture>[] = [
  {
    name: "the first to join leads, the others follow",
    async run({ ledger, other }) {
      same((await lead(ledger, "key")).entries, [], "the new log");
      await follow(other, "key");
      await follow(ledger, "key");
      await lead(other, "another key");
    },
  },
  {
    name: "only one of many that join at once leads",
    async run({ ledger, other }) {
      const seats = await Promise.all(
        Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? ledger : other).join("key", LONG_MS)),
      );
      same(seats.filter(({ role }) => role === "leader").length, 1, "leaders");
    },
  },
  {
    name: "a follower reads what is written, from any place, and then the ending",
    async run({ ledger, other }) {
      const { token } = await lead(ledger, "key");
      same(await ledger.append("key", token, 0, ["a", "b 你好"]), true, "append");
      same((await other.read("key", 0, 0, open()))?.entries, ["a", "b 你好"], "read from 0");
      same(await ledger.append("key", token, 2, ["c"]), true, "append");
      same((await other.read("key", 1, 0, open()))?.entries, ["b 你好", "c"], "read from 1");
      same(await ledger.end("key", token, WHOLE, LONG_MS), true, "end");
      const last = await other.read("key", 2, 0, open());
      same([last?.entries, last?.ending], [["c"], WHOLE], "read with the ending");
      const after = await other.read("key", 3, LONG_MS, open());
      same([after?.entries, after?.ending], [[], WHOLE], "read after the last entry");
    },
  },
  {
    name: "a read waits for what comes next",
    async run({ ledger, other }) {
      const { token } = await lead(ledger, "key");
      const [entry] = await Promise.all([other.read("key", 0, LONG_MS, open()), ledger.append("key", token, 0, ["a"])]);
      same([entry?.entries, entry?.led, entry?.ending], [["a"], true, undefined], "read");
      const [ending] = await Promise.all([
        other.read("key", 1, LONG_MS, open()),
        ledger.end("key", token, FAILED, LONG_MS),
      ]);
      same([ending?.entries, ending?.ending], [[], FAILED], "read");
    },
  },
  {
    name: "a read that waited long enough comes back with nothing, and says how old the log is",
    async run({ ledger, other, wait }) {
      const { token } = await lead(ledger, "key");
      await ledger.append("key", token, 0, ["a"]);
      await wait(SHORT_MS);
      same(await ledger.append("key", token, 1, []), true, "a renewal");
      const read = await other.read("key", 1, 1, open());
      same([read?.entries, read?.led], [[], true], "read");
      same((read?.progressAgeMs ?? 0) >= SHORT_MS * 0.9, true, `a renewal is no progress (${read?.progressAgeMs} ms)`);
    },
  },
  {
    name: "a read that nobody waits for ends at once, one way or the other",
    async run({ ledger, other }) {
      await lead(ledger, "key");
      const abort = new AbortController();
      const read = other.read("key", 0, LONG_MS, abort.signal).then(
        () => "ended",
        () => "ended",
      );
      abort.abort();
      same(await read, "ended", "the read");
    },
  },
  {
    name: "of what was never begun nothing is read",
    async run({ ledger }) {
      same(await ledger.read("absent", 0, 0, open()), undefined, "read");
    },
  },
  {
    name: "an append may be sent twice, but must not leave a gap",
    async run({ ledger, other }) {
      const { token } = await lead(ledger, "key");
      await ledger.append("key", token, 0, ["a", "b"]);
      same(await ledger.append("key", token, 1, ["b", "c"]), true, "append over what is there");
      same(await ledger.append("key", token, 5, ["f"]), false, "append with a gap");
      same((await other.read("key", 0, 0, open()))?.entries, ["a", "b", "c"], "the log");
    },
  },
  {
    name: "when the lease is over, the next to join goes on with the log, and the old leader is fenced off",
    async run({ ledger, other, wait }) {
      const old = await lead(ledger, "key", SHORT_MS);
      await ledger.append("key", old.token, 0, ["a", "b"]);
      await wait(2 * SHORT_MS);
      const orphaned = await other.read("key", 2, LONG_MS, open());
      same([orphaned?.led, orphaned?.ending], [false, undefined], "read of a flight without leader");
      const next = await lead(other, "key");
      same(next.entries, ["a", "b"], "the log so far");
      same(next.token > old.token, true, `token ${next.token} after ${old.token}`);
      same(await ledger.append("key", old.token, 2, ["x"]), false, "append of the old leader");
      same(await ledger.end("key", old.token, WHOLE, LONG_MS), false, "end by the old leader");
      await ledger.release("key", old.token);
      same(await other.append("key", next.token, 2, ["c"]), true, "append of the new leader");
      same((await ledger.read("key", 0, 0, open()))?.entries, ["a", "b", "c"], "the log");
    },
  },
  {
    name: "appends renew the lease",
    async run({ ledger, other, wait }) {
      const { token } = await lead(ledger, "key", 4 * SHORT_MS);
      await wait(2 * SHORT_MS);
      same(await ledger.append("key", token, 0, ["a"]), true, "append");
      await wait(2 * SHORT_MS);
      same(await ledger.append("key", token, 1, []), true, "a bare renewal");
      await wait(2 * SHORT_MS);
      await follow(other, "key");
    },
  },
  {
    name: "who gives the lead back hands the log over at once",
    async run({ ledger, other }) {
      const first = await lead(ledger, "key");
      await ledger.append("key", first.token, 0, ["a"]);
      const waiting = other.read("key", 1, LONG_MS, open());
      await ledger.release("key", first.token);
      same((await waiting)?.led, false, "the waiting read");
      const next = await lead(other, "key");
      same([next.entries, next.token > first.token], [["a"], true], "the seat");
    },
  },
  {
    name: "after a whole ending others still follow, as long as it lingers",
    async run({ ledger, other, wait }) {
      const { token } = await lead(ledger, "key");
      await ledger.append("key", token, 0, ["a"]);
      await ledger.end("key", token, WHOLE, 2 * SHORT_MS);
      await follow(other, "key");
      same((await other.read("key", 0, 0, open()))?.ending, WHOLE, "the ending");
      await wait(4 * SHORT_MS);
      same((await lead(other, "key")).entries, [], "a new flight's log");
    },
  },
  {
    name: "who follows reads to the end at its own pace, also when nobody may join any more",
    async run({ ledger, other, wait }) {
      const { token } = await lead(ledger, "key");
      await ledger.append("key", token, 0, ["a", "b"]);
      await follow(other, "key");
      await ledger.append("key", token, 2, ["c"]);
      await ledger.end("key", token, WHOLE, SHORT_MS);
      await wait(2 * SHORT_MS);
      await lead(ledger, "another key");
      const rest = await other.read("key", 2, 0, open());
      same([rest?.entries, rest?.ending], [["c"], WHOLE], "what a slow follower reads");
    },
  },
  {
    name: "after a failure the next to join begins a new flight",
    async run({ ledger, other }) {
      const { token } = await lead(ledger, "key");
      await ledger.append("key", token, 0, ["a"]);
      await ledger.end("key", token, FAILED, LONG_MS);
      const next = await lead(other, "key");
      same([next.entries, next.token > token], [[], true], "the seat");
      same(await ledger.append("key", token, 1, ["b"]), false, "append of the one that failed");
    },
  },
  {
    name: "a new flight's log can be told from the last one's, a continued one's cannot",
    async run({ ledger, other }) {
      const first = await lead(ledger, "key");
      await ledger.append("key", first.token, 0, ["a"]);
      const before = await other.read("key", 0, 0, open());
      await ledger.release("key", first.token);
      const heir = await lead(other, "key");
      same((await ledger.read("key", 0, 0, open()))?.flight, before?.flight, "after the lead was handed over");
      await other.end("key", heir.token, FAILED, LONG_MS);
      await lead(ledger, "key");
      const after = await other.read("key", 0, 0, open());
      same(after?.flight !== before?.flight, true, `flight ${after?.flight} after ${before?.flight}`);
    },
  },
  {
    name: "a log that outgrew its bounds says so, and does not linger",
    async run({ ledger, other }) {
      const { token } = await lead(ledger, "key");
      await ledger.append("key", token, 0, ["a"]);
      const waiting = other.read("key", 1, LONG_MS, open());
      await ledger.end("key", token, { type: "unshared" }, LONG_MS);
      same((await waiting)?.ending, { type: "unshared" }, "the waiting read");
      same((await lead(other, "key")).entries, [], "a new flight's log");
    },
  },
];
