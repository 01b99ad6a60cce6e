import { beforeEach, expect, test } from "vitest";
import { drain, scriptedService, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { type AnswerEvent, streamOf } from "../../answer-stream.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { RungName } from "../../provenance.ts";
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
      withoutSpending: (call) => ({ ...call, avoid: ["everything"] }),
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
  expect(sent.map(({ avoid }) => avoid)).toEqual([[], ["everything"]]);
  expect(committed(tenant)).toBe(4);
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
