import { expect, test } from "vitest";
import { newTrace } from "../engine/index.ts";
import { provenanceOf, withProvenance } from "./provenance-json.ts";

const trace = newTrace();
trace.attempts.push(
  { provider: "deepseek", outcome: "overloaded", reason: "http-503", ms: 12.6 },
  { provider: "ark", outcome: "running", ms: 300 },
);
trace.seams.push({ at: 40, from: "deepseek", to: "ark", mode: "beta-prefix" });

test("the account has the members of the product page, in their order", () => {
  const provenance = provenanceOf({
    trace,
    origin: { rung: "alternate", provider: "ark", model: "asked", degraded: false, ageSeconds: 7 },
    answeredModel: "answered",
    openAttempts: "answered",
  });
  expect(JSON.stringify(provenance)).toBe(
    '{"rung":"alternate","provider":"ark","model":"answered","degraded":false,"age_seconds":7,' +
      '"attempts":[{"provider":"deepseek","outcome":"overloaded","ms":13},{"provider":"ark","outcome":"answered","ms":300}],' +
      '"seams":[{"at":40,"from":"deepseek","to":"ark","mode":"beta-prefix"}]}',
  );
});

test("messages that the model was not given are counted", () => {
  const origin = { rung: "local", provider: "tiny", degraded: true, droppedMessages: 6 } as const;
  expect(provenanceOf({ trace: newTrace(), origin, openAttempts: "answered" })).toMatchObject({ dropped_messages: 6 });
});

test("messages that the model was told in a summary are counted, and the calls for it named", () => {
  const trace = newTrace();
  trace.attempts.push({ provider: "tiny", outcome: "answered", ms: 5, purpose: "summary" });
  const origin = { rung: "local", provider: "tiny", degraded: true, summarisedMessages: 4 } as const;
  expect(provenanceOf({ trace, origin, openAttempts: "answered" })).toMatchObject({
    summarised_messages: 4,
    attempts: [{ provider: "tiny", outcome: "answered", purpose: "summary" }],
  });
});

test("a fault that was injected on purpose is told", () => {
  const hit = newTrace();
  hit.attempts.push({ provider: "deepseek", outcome: "overloaded", ms: 1, chaos: "overloaded" });
  expect(provenanceOf({ trace: hit, openAttempts: "answered" }).attempts).toEqual([
    { provider: "deepseek", outcome: "overloaded", ms: 1, chaos: "overloaded" },
  ]);
});

test("a rung without provider and a call without answer say null", () => {
  expect(
    provenanceOf({ trace: newTrace(), origin: { rung: "template", degraded: true }, openAttempts: "answered" }),
  ).toEqual({ rung: "template", provider: null, model: null, degraded: true, attempts: [], seams: [] });
  expect(provenanceOf({ trace: newTrace(), openAttempts: "deadline" })).toMatchObject({ rung: null, degraded: false });
});

const provenance = provenanceOf({ trace: newTrace(), openAttempts: "answered" });
const written = JSON.stringify(provenance);

test.each([
  ['{"a":1}', `{"a":1,"tideover":${written}}`],
  ['{"seed":12345678901234567890, "b" : 1.0 }\n', `{"seed":12345678901234567890, "b" : 1.0 ,"tideover":${written}}`],
  ["{}", `{"tideover":${written}}`],
  ["{ }", `{ "tideover":${written}}`],
  ['{"__proto__":{"a":1}}', `{"__proto__":{"a":1},"tideover":${written}}`],
])("%j is kept and gets one more member", (text, expected) => {
  expect(withProvenance(text, JSON.parse(text), provenance)).toBe(expected);
});

test("the account of another Tideover upstream is replaced", () => {
  const text = '{"a":1,"tideover":{"rung":"live"}}';
  expect(withProvenance(text, JSON.parse(text), provenance)).toBe(`{"a":1,"tideover":${written}}`);
});
