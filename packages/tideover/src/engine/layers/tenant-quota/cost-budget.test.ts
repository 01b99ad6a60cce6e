import { beforeEach, expect, test } from "vitest";
import { drain, scriptedService, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { type AnswerEvent, streamOf } from "../../answer-stream.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import { newTrace, type RungName } from "../../provenance.ts";
import { costBudget, type NamedBudget, Spending } from "./cost-budget.ts";

const DAY_MS = 86_400_000;
let clock: VirtualClock;
let spending: Spending;

beforeEach(() => {
  clock = new VirtualClock();
  spending = new Spending({ clock, random: seededRandom(1) });
});

const usage: AnswerEvent = { ...textEvent("x"), usage: { promptTokens: 100, completionTokens: 300 } };
const answer = (rung: RungName = "live"): Answer => ({
  type: "answer",
  origin: { rung, degraded: false },
  stream: streamOf([usage]),
});
const tenant: NamedBudget = { name: "tenant shop", soft: 4, hard: 6, windowMs: DAY_MS };
const route: NamedBudget = { name: "route copy", hard: 3, windowMs: DAY_MS };

/** Each call is estimated at 1 and costs a hundredth of its tokens: 4. */
function layer(outcomes: readonly Outcome[], budgets: readonly NamedBudget[]) {
  const scripted = scriptedService(outcomes);
  const service = costBudget(
    {
      budgetsOf: () => budgets,
      estimateCost: () => 1,
      costOf: (_call, _origin, { promptTokens, completionTokens }) => (promptTokens + completionTokens) / 100,
      spending,
    },
    { clock, random: seededRandom(1) },
  )(scripted.service);
  return { service, sent: scripted.calls };
}

const committed = (budget: NamedBudget) => spending.budget(budget).committed(clock.now());

test("the estimate counts while the call runs, the real cost when its answer has ended", async () => {
  const { service } = layer([answer()], [tenant]);
  const outcome = (await service(testCall())) as Answer;
  expect(committed(tenant)).toBe(1);
  await drain(outcome.stream);
  expect(committed(tenant)).toBe(4);
});

test("beyond the soft limit calls are marked to be answered without spending, and cost nothing", async () => {
  const { service, sent } = layer([answer(), answer("template")], [tenant]);
  await drain(((await service(testCall())) as Answer).stream);
  await drain(((await service(testCall())) as Answer).stream);
  expect(sent.map(({ withoutSpending }) => withoutSpending === true)).toEqual([false, true]);
  expect(committed(tenant)).toBe(4);
});

test("where nothing answers without spending, money is spent up to the hard limit", async () => {
  const nothing = failure("rejected", "soft-budget", "");
  const soft: NamedBudget = { ...tenant, soft: 1, hard: 6 };
  const { service, sent } = layer([answer(), nothing, answer(), nothing], [soft]);
  await drain(((await service(testCall())) as Answer).stream);
  const second = (await service(testCall())) as Answer;
  expect(second.origin.rung).toBe("live");
  expect(committed(soft)).toBe(5);
  await drain(second.stream);
  expect(sent.map(({ withoutSpending }) => withoutSpending === true)).toEqual([false, true, false]);
  expect(await service(testCall())).toMatchObject({ reason: "cost-budget", code: "rate_limited" });
});

test.each([["caller"], ["cancelled"], ["deadline"]] as const)("after a %s failure nothing is spent", async (kind) => {
  const { service, sent } = layer([failure(kind, "no", "")], [{ ...tenant, soft: 0.5 }]);
  expect(await service(testCall())).toMatchObject({ kind });
  expect(sent).toHaveLength(1);
  expect(committed(tenant)).toBe(0);
});

test("the refusal says whose budget it is, as it was written, and when to come back", async () => {
  const small: NamedBudget = { name: "key shop", hard: 0.5, written: "0.5 USD/d", windowMs: DAY_MS };
  expect(await layer([answer()], [small]).service(testCall())).toMatchObject({
    message: "The budget of key shop (0.5 USD/d) is spent.",
    retryAfterMs: DAY_MS / 24,
  });
});

test("beyond the hard limit calls are refused, and no other budget keeps their reservation", async () => {
  const { service, sent } = layer([answer()], [tenant, route]);
  await drain(((await service(testCall())) as Answer).stream);
  await clock.advance(1);
  expect(await service(testCall())).toMatchObject({ kind: "rejected", reason: "cost-budget", code: "rate_limited" });
  expect(sent).toHaveLength(1);
  expect(committed(tenant)).toBe(4);
});

test.each([
  ["a failure", failure("fault", "http-500", "")],
  ["a stored answer", answer("stale")],
])("%s costs nothing", async (_, outcome) => {
  const { service } = layer([outcome], [tenant]);
  const got = await service(testCall());
  if (got.type === "answer") await drain(got.stream);
  expect(committed(tenant)).toBe(0);
});

test("whoever joins another call's answer pays nothing: it is paid once", async () => {
  const { service } = layer([answer()], [tenant]);
  const joined = testCall({ trace: { ...newTrace(), cache: { hit: false, forward: "miss", collapsed: true } } });
  await drain(((await service(joined)) as Answer).stream);
  expect(committed(tenant)).toBe(0);
});

test("a day later there is money again", async () => {
  const { service } = layer([answer()], [route]);
  await drain(((await service(testCall())) as Answer).stream);
  expect((await service(testCall())).type).toBe("failure");
  await clock.advance(DAY_MS + 3_600_000);
  expect((await service(testCall())).type).toBe("answer");
});

test("raising a budget forgets nothing", async () => {
  const { service } = layer([answer()], [route]);
  await drain(((await service(testCall())) as Answer).stream);
  expect(committed({ ...route, hard: 100 })).toBe(4);
});

test("a refusal by one budget leaves nothing reserved on the others", async () => {
  const roomy: NamedBudget = { name: "key shop", hard: 100, windowMs: DAY_MS };
  const empty: NamedBudget = { name: "route copy", hard: 0.5, windowMs: DAY_MS };
  expect(await layer([answer()], [roomy, empty]).service(testCall())).toMatchObject({ reason: "cost-budget" });
  expect(committed(roomy)).toBe(0);
});

test("a call that goes down past what costs leaves nothing reserved while it runs", async () => {
  const roomy: NamedBudget = { name: "key shop", hard: 100, windowMs: DAY_MS };
  const soft: NamedBudget = { name: "route copy", soft: 0.5, windowMs: DAY_MS };
  await layer([answer("template")], [roomy, soft]).service(testCall());
  expect(committed(roomy)).toBe(0);
});

test("when others have spent the rest meanwhile, the second look refuses", async () => {
  const budget: NamedBudget = { name: "key shop", soft: 0.5, hard: 6, windowMs: DAY_MS };
  const others = {
    budgetsOf: () => [budget],
    estimateCost: () => 1,
    costOf: () => 0,
    spending,
  };
  const service = costBudget(others, { clock, random: seededRandom(1) })(() => {
    spending.budget(budget).reserve(clock.now(), 5.5, {});
    return Promise.resolve(failure("fault", "template-field", ""));
  });
  expect(await service(testCall())).toMatchObject({ reason: "cost-budget", code: "rate_limited" });
});

test("a call without budgets is passed on as it is, unpriced", async () => {
  const scripted = scriptedService([answer()]);
  const unpriced = () => {
    throw new Error("Nobody needs a price.");
  };
  const options = { budgetsOf: () => [], estimateCost: unpriced, costOf: unpriced, spending };
  const call = testCall();
  const outcome = (await costBudget(options, { clock, random: seededRandom(1) })(scripted.service)(call)) as Answer;
  await drain(outcome.stream);
  expect(scripted.calls[0]).toBe(call);
});

test("budgets are remembered within a bound; only those of which nothing is spent are forgotten", async () => {
  const small = new Spending({ clock, random: seededRandom(1) }, 1);
  const spent = small.budget(tenant);
  spent.reserve(clock.now(), 1, {});
  small.budget(route);
  expect(small.budget(tenant)).toBe(spent);
  spent.settle(clock.now(), 1, 0);
  const made = small.budget(route);
  expect(small.budget(route)).toBe(made);
  expect(small.budget(tenant)).not.toBe(spent);
});

test("what is spent here is told to other processes, and what they have spent counts here", async () => {
  const { service } = layer([answer()], [tenant]);
  const told: unknown[] = [];
  spending.onSpent = (budget, spent) => told.push([budget, spent]);
  await drain(((await service(testCall())) as Answer).stream);
  expect(told).toEqual([[{ name: "tenant shop", windowMs: DAY_MS }, 4]]);
  spending.charge(tenant, 1);
  expect(committed(tenant)).toBe(5);
  expect([...spending.inUse()]).toEqual([{ budget: { name: "tenant shop", windowMs: DAY_MS }, spent: 5 }]);
  expect(told).toHaveLength(1);
});
