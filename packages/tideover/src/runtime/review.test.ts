import { describe, expect, test } from "vitest";
import { resolveConfig } from "../config/index.ts";
import {
  type Answer,
  type Call,
  type DegradedAnswer,
  failure,
  isFailure,
  type Outcome,
  type ReviewInbox,
  type Service,
  seededRandom,
  sha256,
  streamOf,
} from "../engine/index.ts";
import { testCall, textEvent, VirtualClock } from "../testing/index.ts";
import { textAnswerEvents } from "../wire/index.ts";
import { ALL_FEATURES } from "./all-features.ts";
import { createCaching } from "./caching.ts";
import { type ReviewedAnswer, type ReviewedRequest, review as reviewing } from "./review.ts";

const HOUR_MS = 3_600_000;

/** A route whose template is reviewed, with an inbox that notes what it is told. */
function stage(live?: Service) {
  const clock = new VirtualClock();
  const environment = { clock, random: seededRandom(1) };
  const resolved = resolveConfig({
    providers: { a: { preset: "ollama" } },
    routes: [
      { name: "copy", model: "*", ladder: ["a", { template: { text: "{{metadata.name}}: soon", review: true } }] },
    ],
  });
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  const [route] = resolved.config.routes;
  const rung = route?.ladder.find(({ kind }) => kind === "template");
  if (route === undefined || rung?.kind !== "template") throw new Error("no route");
  const offered: DegradedAnswer[] = [];
  const tickets: string[] = [];
  const inbox: ReviewInbox = {
    offer: (answer) => void offered.push(answer),
    ticketOpened: (key, jobId) => void tickets.push(`${key} ${jobId}`),
    answerStored: () => undefined,
  };
  const caching = createCaching({ hash: sha256, memoryBytes: 1_000_000 }, undefined, environment, ALL_FEATURES);
  const parts = { environment, providers: new Map(), caching, inbox };
  const compose = (call: Call, text: string) =>
    textAnswerEvents({ id: call.id, created: 0, model: "m", text, stream: call.request.stream, operation: "chat" });
  const template = reviewing.reviewedTemplate(rung, route, parts, inbox, compose).service;
  const review = reviewing.ofRoute(route, parts, live);
  return { clock, template, review, offered, tickets, inbox, route, parts };
}

const body = (more: object = {}) => ({
  model: "m",
  messages: [{ role: "user", content: "Describe it." }],
  metadata: { name: "lamp" },
  ...more,
});
const asking = (members: Partial<Omit<Call, "request">> = {}, more: object = {}) => {
  const asked = body(more);
  return testCall({
    ...members,
    request: { body: asked, bytes: new TextEncoder().encode(JSON.stringify(asked)), stream: false },
  });
};
const TERMS = { noCache: false, noStore: false, onlyIfCached: false, tags: [] };

function requestOf({ request, tenant }: DegradedAnswer): ReviewedRequest {
  return { id: "review_1", tenant, operation: request.operation, model: request.model, request: request.bytes };
}

async function given(outcome: Outcome) {
  if (outcome.type !== "answer") throw new Error(JSON.stringify(outcome));
  const next = await outcome.stream.read();
  const events = next.type === "batch" ? next.events : [];
  return [
    outcome.origin.rung,
    outcome.origin.degraded,
    JSON.stringify(events[0]?.json).match(/"content":"([^"]*)"/)?.[1],
  ];
}

function written(answer: ReviewedAnswer | ReturnType<typeof failure>): ReviewedAnswer {
  if (isFailure(answer)) throw new Error(answer.message);
  return answer;
}

describe("a reviewed template", () => {
  test("is offered with each answer, and gives what was decided: fresh first, then as a stale copy", async () => {
    const { clock, template, review, offered } = stage();
    expect(await given(await template(asking()))).toEqual(["template", true, "lamp: soon"]);
    expect(offered).toMatchObject([{ tenant: "test", route: "copy", rung: "template", text: "lamp: soon" }]);
    const [first] = offered;
    if (first === undefined) throw new Error("nothing offered");
    const reviewed = written(await review.write(requestOf(first), "A fine lamp."));
    expect(JSON.parse(reviewed.document)).toMatchObject({ choices: [{ message: { content: "A fine lamp." } }] });
    expect(await review.store(requestOf(first), reviewed)).toBe(true);
    expect(await given(await template(asking()))).toEqual(["cache", false, "A fine lamp."]);
    await clock.advance(2 * HOUR_MS);
    expect(await given(await template(asking()))).toEqual(["stale", true, "A fine lamp."]);
    expect(offered).toHaveLength(1);
    // A month later nothing is left of it.
    await clock.advance(30 * 24 * HOUR_MS);
    expect(await given(await template(asking()))).toEqual(["template", true, "lamp: soon"]);
  });

  test("gives a decision to its tenant only, and to nobody who wants no copy", async () => {
    const { template, review, offered } = stage();
    await template(asking());
    const [first] = offered;
    if (first === undefined) throw new Error("nothing offered");
    await review.store(requestOf(first), written(await review.write(requestOf(first), "Better.")));
    expect((await given(await template(asking({ tenant: "other" }))))[0]).toBe("template");
    expect((await given(await template(asking({ cacheTerms: { ...TERMS, noCache: true } }))))[0]).toBe("template");
    expect((await given(await template(asking())))[2]).toBe("Better.");
  });

  test("keeps out of the inbox what may not be stored, and what the template could not answer", async () => {
    const { template, offered } = stage();
    await template(asking({ cacheTerms: { ...TERMS, noStore: true } }));
    await template(asking({}, { metadata: {} }));
    await template(asking({}, { tools: [{ type: "function" }] }));
    expect(offered).toEqual([]);
  });

  test("tells the inbox of tickets, under the key of the answer", async () => {
    const { template, offered, tickets, inbox, route, parts } = stage();
    const desk = reviewing.toldOfTickets(
      {
        open: async () => ({ type: "accepted", jobId: "job-1" }),
        adopt: async () => failure("fault", "x", "x"),
        once: (call, next) => next(call),
      },
      route,
      parts,
      inbox,
    );
    await template(asking());
    await desk.open(asking(), { expiresMs: 1 });
    expect(tickets).toEqual([`${offered[0]?.key} job-1`]);
  });
});

describe("a reviewer", () => {
  test("writes no prose where JSON was asked for", async () => {
    const { review, offered, template } = stage();
    await template(asking());
    const [first] = offered;
    if (first === undefined) throw new Error("nothing offered");
    const bytes = new TextEncoder().encode(JSON.stringify(body({ response_format: { type: "json_object" } })));
    const request = { ...requestOf(first), request: bytes };
    expect(await review.write(request, "prose")).toMatchObject({ type: "failure", reason: "format-asked" });
    expect(written(await review.write(request, '{"ok":true}')).text).toBe('{"ok":true}');
  });

  test("has a live provider answer, with nobody's copy, and storing is the decision's alone", async () => {
    const asked: Call[] = [];
    const answer: Answer = {
      type: "answer",
      origin: { rung: "live", provider: "a", model: "m-1", degraded: false },
      stream: streamOf([textEvent("Live "), textEvent("lamp.", "stop")]),
    };
    const { review, offered, template } = stage(async (call) => {
      asked.push(call);
      return answer;
    });
    await template(asking());
    const [first] = offered;
    if (first === undefined) throw new Error("nothing offered");
    const { signal } = new AbortController();
    const reviewed = written(await review.regenerate(requestOf(first), signal));
    expect(asked[0]).toMatchObject({ ticketed: true, cacheTerms: { noCache: true, noStore: true }, signal });
    expect([reviewed.text, reviewed.provenance]).toMatchObject(["Live lamp.", { rung: "live", provider: "a" }]);
    expect((await given(await template(asking())))[0]).toBe("template");
    await review.store(requestOf(first), reviewed);
    expect((await given(await template(asking()))).slice(0, 2)).toEqual(["cache", false]);
  });

  test("is told why nobody answered", async () => {
    const overloaded = failure("overloaded", "http-503", "busy");
    const { review, offered, template } = stage(async () => overloaded);
    await template(asking());
    const [first] = offered;
    if (first === undefined) throw new Error("nothing offered");
    const { signal } = new AbortController();
    expect(await review.regenerate(requestOf(first), signal)).toBe(overloaded);
    expect(await stage().review.regenerate(requestOf(first), signal)).toMatchObject({ reason: "no-provider" });
  });
});
