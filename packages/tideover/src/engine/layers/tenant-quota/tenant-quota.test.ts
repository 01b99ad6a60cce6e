import { beforeEach, describe, expect, test } from "vitest";
import { drain, scriptedService, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { type AnswerEvent, type Ending, streamOf, type Usage, WHOLE } from "../../answer-stream.ts";
import { estimateTokens } from "../../estimate-tokens.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { RungName } from "../../provenance.ts";
import { type Quota, TenantQuotas, tenantQuota } from "./tenant-quota.ts";

let clock: VirtualClock;

beforeEach(() => {
  clock = new VirtualClock();
});

const MINUTE_MS = 60_000;
const shop: Quota = { name: "shop", requests: { count: 3, perMs: MINUTE_MS } };
const tokens = (count: number): Quota => ({ name: "shop", tokens: { count, perMs: MINUTE_MS } });
const usageEvent = (usage: Usage): AnswerEvent => ({ ...textEvent(""), usage });
const answer = (events: readonly AnswerEvent[] = [textEvent("x")], rung: RungName = "live", ending: Ending = WHOLE) =>
  ({ type: "answer", origin: { rung, degraded: false }, stream: streamOf(events, ending) }) satisfies Answer;

function layer(outcomes: readonly Outcome[], quota: Quota | undefined, quotas?: TenantQuotas) {
  const environment = { clock, random: seededRandom(1) };
  const book = quotas ?? new TenantQuotas(environment);
  const scripted = scriptedService(outcomes);
  const service = tenantQuota({ quotaOf: () => quota, quotas: book }, environment)(scripted.service);
  const tokensLeft = () => (quota === undefined ? undefined : book.account(quota).tokens?.available(clock.now()));
  return { service, sent: scripted.calls, quotas: book, tokensLeft };
}

const call = testCall({ request: { body: { model: "m", messages: [], max_tokens: 90 } } });
const estimate = estimateTokens(call.request);
const promptTokens = Math.ceil(call.request.bytes.length / 4);

describe("requests", () => {
  test("beyond the rate they are refused with the time until the next one fits", async () => {
    const { service, sent } = layer([answer()], shop);
    for (let i = 0; i < 3; i++) expect((await service(call)).type).toBe("answer");
    expect(await service(call)).toMatchObject({
      kind: "rejected",
      reason: "requests-quota",
      code: "rate_limited",
      retryAfterMs: 20_000,
      message: expect.stringContaining("3 per 60 s"),
    });
    expect(sent).toHaveLength(3);
    await clock.advance(20_000);
    expect((await service(call)).type).toBe("answer");
  });

  test("tenants do not use up each other's", async () => {
    const first = layer([answer()], shop);
    for (let i = 0; i < 4; i++) await first.service(call);
    const other = layer([answer()], { ...shop, name: "bank" }, first.quotas);
    expect((await other.service(call)).type).toBe("answer");
  });

  test("routes share what a tenant has used", async () => {
    const first = layer([answer()], shop);
    for (let i = 0; i < 3; i++) await first.service(call);
    const second = layer([answer()], shop, first.quotas);
    expect((await second.service(call)).type).toBe("failure");
  });

  test("a call without a quota is let through", async () => {
    const { service } = layer([answer()], undefined);
    for (let i = 0; i < 100; i++) expect((await service(call)).type).toBe("answer");
  });
});

describe("tokens", () => {
  test("are reserved when the call comes and settled with the usage when its answer ends", async () => {
    const events = [textEvent("x"), usageEvent({ promptTokens: 30, completionTokens: 12 })];
    const { service, tokensLeft } = layer([answer(events)], tokens(1_000));
    const outcome = (await service(call)) as Answer;
    expect(tokensLeft()).toBeCloseTo(1_000 - estimate);
    await drain(outcome.stream);
    expect(tokensLeft()).toBeCloseTo(958);
    await drain(outcome.stream);
    expect(tokensLeft()).toBeCloseTo(958);
  });

  test("a burst of answers under way cannot pass unpaid", async () => {
    const { service } = layer([answer()], tokens(estimate * 2));
    await service(call);
    await service(call);
    expect(await service(call)).toMatchObject({ reason: "tokens-quota", code: "rate_limited" });
  });

  test("what took more than it said is paid off before the next call", async () => {
    const events = [usageEvent({ promptTokens: 400, completionTokens: 2_600 })];
    const { service } = layer([answer(events)], tokens(1_000));
    await drain(((await service(call)) as Answer).stream);
    const refused = await service(call);
    expect(refused).toMatchObject({ reason: "tokens-quota" });
    expect((refused as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(2 * MINUTE_MS);
  });

  test.each([
    ["a failure", failure("fault", "http-500", "")],
    ["a stored answer", answer([usageEvent({ promptTokens: 30, completionTokens: 12 })], "cache")],
    ["a template", answer([textEvent("x")], "template")],
    ["a ticket", { type: "accepted", jobId: "1" } satisfies Outcome],
  ])("%s costs none", async (_, outcome) => {
    const { service, tokensLeft } = layer([outcome], tokens(1_000));
    const got = await service(call);
    if (got.type === "answer") await drain(got.stream);
    expect(tokensLeft()).toBeCloseTo(1_000);
  });

  test("an answer that was cut or left before its usage costs what was seen of it", async () => {
    const cut: Ending = { type: "ending", failure: failure("fault", "cut", "", { committed: true }) };
    const seen = [textEvent("a"), textEvent("b"), textEvent("c")];
    const { service, tokensLeft } = layer([answer(seen, "live", cut)], tokens(1_000));
    await drain(((await service(call)) as Answer).stream);
    expect(tokensLeft()).toBeCloseTo(1_000 - promptTokens - 3);
    const left = layer([answer(seen)], { ...tokens(1_000), name: "leaver" });
    ((await left.service(call)) as Answer).stream.cancel(failure("cancelled", "caller-gone", ""));
    expect(left.tokensLeft()).toBeCloseTo(1_000 - promptTokens);
  });

  test("a call refused for its tokens does not use up a request", async () => {
    const quota: Quota = { ...shop, tokens: { count: estimate, perMs: MINUTE_MS } };
    const { service, quotas } = layer([answer()], quota);
    await service(call);
    for (let i = 0; i < 10; i++) await service(call);
    expect(quotas.account(quota).requests?.available(clock.now())).toBeCloseTo(2);
  });
});

test("many tenants are remembered within a bound, and nobody over quota is forgotten", async () => {
  const quotas = new TenantQuotas({ clock, random: seededRandom(1) }, 2);
  const flood = layer([answer()], shop, quotas);
  for (let i = 0; i < 4; i++) await flood.service(call);
  for (let tenant = 0; tenant < 50; tenant++) {
    await layer([answer()], { ...shop, name: `tenant-${tenant}` }, quotas).service(call);
  }
  expect(quotas.size).toBe(2);
  expect((await flood.service(call)).type).toBe("failure");
});

test("a changed quota starts afresh", async () => {
  const { service, quotas } = layer([answer()], shop);
  for (let i = 0; i < 4; i++) await service(call);
  const raised = layer([answer()], { ...shop, requests: { count: 10, perMs: MINUTE_MS } }, quotas);
  expect((await raised.service(call)).type).toBe("answer");
});

test.each<[string, Partial<Quota>]>([
  ["requests", { requests: { count: 10, perMs: MINUTE_MS } }],
  ["tokens", { tokens: { count: 100_000, perMs: MINUTE_MS } }],
  ["both", { requests: { count: 10, perMs: MINUTE_MS }, tokens: { count: 100_000, perMs: MINUTE_MS } }],
])("a tenant whose quota of %s has flowed back makes room, one whose has not stays", async (_, rates) => {
  const quotas = new TenantQuotas({ clock, random: seededRandom(1) }, 1);
  const quotaOf = (name: string): Quota => ({ ...rates, name });
  await layer([answer()], quotaOf("first"), quotas).service(call);
  const known = quotas.account(quotaOf("first"));
  quotas.account(quotaOf("second"));
  expect(quotas.account(quotaOf("first"))).toBe(known);
  await clock.advance(2 * MINUTE_MS);
  const made = quotas.account(quotaOf("second"));
  expect(quotas.account(quotaOf("second"))).toBe(made);
  expect(quotas.account(quotaOf("first"))).not.toBe(known);
});

test("usage that comes before the last event counts, and events without content count for nothing", async () => {
  const usage = usageEvent({ promptTokens: 30, completionTokens: 12 });
  const told = layer([answer([usage, textEvent("")])], tokens(1_000));
  await drain(((await told.service(call)) as Answer).stream);
  expect(told.tokensLeft()).toBeCloseTo(958);
  const silent = layer([answer([textEvent(""), textEvent("x"), textEvent("")])], { ...tokens(1_000), name: "silent" });
  await drain(((await silent.service(call)) as Answer).stream);
  expect(silent.tokensLeft()).toBeCloseTo(1_000 - promptTokens - 1);
});

test("whoever leaves an answer cancels it below", async () => {
  const gone = failure("cancelled", "caller-gone", "");
  const below = answer();
  const { service } = layer([below], tokens(1_000));
  ((await service(call)) as Answer).stream.cancel(gone);
  expect(await below.stream.read()).toEqual({ type: "ending", failure: gone });
});

describe("several processes", () => {
  test("what is used here is told, estimate first and then the difference; what is used elsewhere counts here", async () => {
    const { service, quotas, tokensLeft } = layer(
      [answer([usageEvent({ promptTokens: 10, completionTokens: 5 })])],
      tokens(1_000),
    );
    const told: unknown[] = [];
    quotas.onUsed = (quota, used) => told.push([quota.name, used]);
    const outcome = await service(call);
    if (outcome.type === "answer") await drain(outcome.stream);
    expect(told).toEqual([
      ["shop", { requests: 1, tokens: estimate }],
      ["shop", { requests: 0, tokens: 15 - estimate }],
    ]);
    quotas.charge(tokens(1_000), { requests: 1, tokens: 900 });
    expect(tokensLeft()).toBeCloseTo(85);
    expect(told).toHaveLength(2);
  });

  test("what was let through twice is waited for later", async () => {
    const { service, quotas } = layer([answer()], shop);
    for (let count = 0; count < 3; count++) await service(call);
    quotas.charge(shop, { requests: 3, tokens: 0 });
    await clock.advance(60_000);
    expect(await service(call)).toMatchObject({ reason: "requests-quota", retryAfterMs: 20_000 });
  });

  test("a process that begins now is told what is in use", async () => {
    const { service, quotas } = layer([answer()], shop);
    await service(call);
    await service(call);
    const [inUse] = [...quotas.inUse()];
    expect(inUse?.quota).toBe(shop);
    expect(inUse?.used.requests).toBeCloseTo(2);
    await clock.advance(MINUTE_MS);
    expect([...quotas.inUse()]).toEqual([]);
  });
});
