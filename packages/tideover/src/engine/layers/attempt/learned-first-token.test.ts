import { beforeEach, expect, test } from "vitest";
import { scriptedService, testCall, VirtualClock } from "../../../testing/index.ts";
import { streamOf } from "../../answer-stream.ts";
import { sleep } from "../../clock.ts";
import { type Failure, failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { Service } from "../../service.ts";
import { LearnedFirstToken } from "./learned-first-token.ts";

const MOST = 20_000;
const never = new AbortController().signal;
const answer: Answer = { type: "answer", origin: { rung: "live", degraded: false }, stream: streamOf([]) };
let clock: VirtualClock;
let learned: LearnedFirstToken;

beforeEach(() => {
  clock = new VirtualClock();
  learned = new LearnedFirstToken({ clock, random: seededRandom(1) });
});

const patience = (kind = "m", bytes = 100) =>
  learned.patienceMs(kind, testCall({ request: { bytes: new Uint8Array(bytes) } }), MOST);

/** Lets so many calls be answered, or fail, after so many ms each; a moment passes afterwards. */
async function see(count: number, ms: number, outcome: Outcome = answer, kind: string | undefined = "m") {
  const slow: Service = async () => {
    await sleep(clock, ms, never);
    return outcome;
  };
  const service = learned.learnFrom(slow, () => kind);
  for (let i = 0; i < count; i++) await clock.run(service(testCall({ request: { bytes: new Uint8Array(100) } })));
  await clock.advance(1_000);
}

test("until a hundred first tokens are known, it waits as without learning", async () => {
  expect(patience()).toBe(MOST);
  await see(99, 3_000);
  expect(patience()).toBe(MOST);
  await see(1, 3_000);
  expect(patience()).toBeLessThan(MOST);
});

test("then three times the p95, which is at most a tenth too high", async () => {
  await see(100, 3_000);
  expect(patience()).toBeGreaterThanOrEqual(9_000);
  expect(patience()).toBeLessThanOrEqual(9_900);
});

test("never shorter than five seconds, never longer than without learning", async () => {
  await see(100, 100);
  expect(patience()).toBe(5_000);
  await see(100, 15_000, answer, "slow");
  expect(patience("slow")).toBe(MOST);
});

test("models and prompt sizes are learned apart", async () => {
  await see(100, 100);
  expect(patience("other")).toBe(MOST);
  expect(patience("m", 200_000)).toBe(MOST);
});

test("what was given up raises the patience instead of hiding that the provider is slow", async () => {
  await see(100, 1_000);
  expect(patience()).toBe(5_000);
  const gaveUp = (): Failure => failure("overloaded", "first-token-timeout", "");
  await see(20, 5_000, gaveUp());
  expect(patience()).toBeGreaterThan(10_000);
});

test.each([
  ["cancelled", failure("cancelled", "caller-gone", ""), true],
  ["deadline", failure("deadline", "deadline", ""), true],
  ["a fast refusal", failure("overloaded", "http-503", ""), false],
  ["a fault", failure("fault", "reset", ""), false],
] as const)("of %s: waited for is %s", async (_, outcome, counts) => {
  await see(99, 1_000);
  await see(1, 10, outcome);
  expect(patience() < MOST).toBe(counts);
});

test("calls whose outcome does not show a first token teach nothing", async () => {
  const service = learned.learnFrom(scriptedService([answer]).service, () => undefined);
  for (let i = 0; i < 200; i++) expect(await service(testCall())).toBe(answer);
  expect(patience()).toBe(MOST);
});

test("it is worked out once a second, not for every call", async () => {
  await see(100, 3_000);
  const before = patience();
  const fast = learned.learnFrom(
    () => Promise.resolve(answer),
    () => "m",
  );
  for (let i = 0; i < 5_000; i++) await fast(testCall({ request: { bytes: new Uint8Array(100) } }));
  expect(patience()).toBe(before);
  await clock.advance(1_000);
  expect(patience()).toBe(5_000);
});

test("what is ten minutes old is forgotten", async () => {
  await see(100, 3_000);
  expect(patience()).toBeLessThan(MOST);
  await clock.advance(11 * 60_000);
  expect(patience()).toBe(MOST);
});

test("a ticket teaches nothing", async () => {
  await see(200, 10, { type: "accepted", jobId: "job-1" });
  expect(patience()).toBe(MOST);
});
