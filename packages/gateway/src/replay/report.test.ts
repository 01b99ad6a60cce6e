import { expectedAnswer } from "@tideover/simulator";
import { describe, expect, test } from "vitest";
import { judgeSimulated, judgeUnknown } from "./judge.ts";
import { makeRequest } from "./make-request.ts";
import { replayEn } from "./messages/en.ts";
import { replayZh } from "./messages/zh.ts";
import type { Observation } from "./observation.ts";
import { formatReport } from "./report.ts";
import { Tally } from "./tally.ts";

const seen = (more: Partial<Observation> = {}): Observation => ({
  outcome: "answered",
  interrupted: false,
  streamed: true,
  rung: "live",
  degraded: false,
  attempts: [{ provider: "busy", outcome: "answered" }],
  continued: false,
  firstTokenMs: 100,
  totalMs: 1_000,
  text: "",
  ...more,
});

describe("the tally", () => {
  test("counts rungs, endings, attempts and truth", () => {
    const tally = new Tally();
    tally.add(seen({ continued: true }), "right", 0);
    const twice = [
      { provider: "busy", outcome: "overloaded" },
      { provider: "spare", outcome: "answered" },
    ];
    tally.add(seen({ rung: "alternate", attempts: twice, firstTokenMs: 10_001 }), "right", 5);
    tally.add(seen({ rung: "template", degraded: true, attempts: [], streamed: false }), "different", 0);
    tally.add(seen({ outcome: "stream_interrupted", interrupted: true, continued: true }), "right", 0);
    tally.add(seen({ outcome: "hung", rung: undefined, firstTokenMs: undefined }), "not-compared", 0);
    expect(tally.summary).toMatchObject({
      requests: 5,
      streamed: 4,
      rungs: { live: 2, alternate: 1, template: 1, none: 1 },
      outcomes: { answered: 3, stream_interrupted: 1, hung: 1 },
      degraded: 1,
      liveStreams: { count: 3, prompt: 2 },
      interrupted: 1,
      continued: 1,
      unstated: 1,
      verdicts: { right: 3, truncated: 0, different: 1, "not-compared": 1 },
      attempts: { total: 5, most: 2, byProvider: { busy: { answered: 3, overloaded: 1 }, spare: { answered: 1 } } },
      streamedTotal: { count: 2 },
      unstreamedTotal: { count: 1 },
      sendLag: { max: 5 },
    });
  });

  test("times are right to three figures, over the whole range", () => {
    const tally = new Tally();
    for (let index = 1; index <= 1_000; index++) tally.add(seen({ firstTokenMs: index * 60 }), "right", 0);
    const { firstToken } = tally.summary;
    expect(firstToken).toMatchObject({ count: 1_000, max: expect.closeTo(60_000, -2) });
    for (const [percentile, ms] of [
      ["p50", 30_000],
      ["p90", 54_000],
      ["p99", 59_400],
    ] as const) {
      expect(Math.abs(firstToken[percentile] - ms) / ms).toBeLessThan(0.002);
    }
  });

  test("names from outside cannot make it grow without bound", () => {
    const tally = new Tally();
    for (let index = 0; index < 1_000; index++) {
      const attempts = [{ provider: `provider-${index}`, outcome: "answered" }];
      tally.add(seen({ outcome: `code-${index}`, rung: `rung-${index}`, attempts }), "right", 0);
    }
    const { outcomes, rungs, attempts } = tally.summary;
    for (const counts of [outcomes, rungs, attempts.byProvider]) expect(Object.keys(counts)).toHaveLength(65);
    expect([outcomes.other, rungs.other, attempts.byProvider.other?.answered]).toEqual([936, 936, 936]);
  });
});

describe("the judge", () => {
  const body = makeRequest({ atMs: 0, promptTokens: 50, outputTokens: 30 }, 1, { model: "m", stream: true });
  const whole = expectedAnswer(body).content;
  test.each([
    ["a whole answer", seen({ text: whole }), "right"],
    ["an alternate's", seen({ text: whole, rung: "alternate" }), "right"],
    ["a part passed as whole", seen({ text: whole.slice(0, -3) }), "truncated"],
    ["nothing passed as whole", seen({ text: "" }), "truncated"],
    ["a part whose end says nothing", seen({ text: whole.slice(0, 9), outcome: "ended-without-done" }), "truncated"],
    ["a part that says so", seen({ text: whole.slice(0, 9), outcome: "stream_interrupted" }), "right"],
    ["a part with a repeat", seen({ text: whole.slice(0, 9) + whole.slice(5, 15), outcome: "cut" }), "different"],
    ["a whole answer twice", seen({ text: whole + whole }), "different"],
    ["the template", seen({ text: "Busy.", rung: "template" }), "right"],
    ["another text in its place", seen({ text: whole, rung: "template" }), "different"],
    ["an error", seen({ text: "", outcome: "ladder_exhausted" }), "not-compared"],
  ] as const)("%s", (_, observation, verdict) => {
    expect(judgeSimulated(body, observation, "Busy.")).toBe(verdict);
  });

  test("without knowing the answer, only an end without a word is seen", () => {
    expect(judgeUnknown(body, seen({ outcome: "ended-without-done" }))).toBe("truncated");
    expect(judgeUnknown(body, seen())).toBe("not-compared");
  });
});

describe("the report", () => {
  const tally = new Tally();
  tally.add(seen(), "right", 0);
  tally.add(seen({ rung: undefined, outcome: "ladder_exhausted", attempts: [], firstTokenMs: undefined }), "right", 0);
  const result = { ...tally.summary, elapsedMs: 5_000, mostOpen: 2 };
  const upstreams = [
    {
      provider: "busy",
      profile: "peak",
      requests: 2,
      peakInFlight: 2,
      inFlight: 0,
      abortedByCaller: 0,
      faults: { cut: 1, "503": 1 },
    },
  ];

  test("tells each figure beside its name, in English and in Chinese", () => {
    const text = formatReport(result, upstreams, replayEn);
    expect(text).toMatch(/live +1 +50\.0%/);
    expect(text).toMatch(/nothing +1 +50\.0%/);
    expect(text).toMatch(/ladder_exhausted +1 +50\.0%/);
    expect(text).toMatch(/first token +1 +100 +100 +100 +100/);
    expect(text).toMatch(/per request +0\.50/);
    expect(text).toMatch(/busy \(peak\) +2 requests.*503 1, cut 1/);
    const chinese = formatReport(result, upstreams, replayZh);
    expect(chinese.split("\n")).toHaveLength(text.split("\n").length);
    expect(chinese).toContain("由谁回答");
  });

  test("leaves out what there is nothing to say about", () => {
    const text = formatReport(result, [], replayEn);
    expect(text).not.toContain(replayEn.titleProviders);
    expect(text).not.toContain(replayEn.unstreamedTotal);
  });

  test("both languages say the same things", () => {
    expect(Object.keys(replayZh)).toEqual(Object.keys(replayEn));
    expect(replayZh.timeColumns).toHaveLength(replayEn.timeColumns.length);
  });
});
