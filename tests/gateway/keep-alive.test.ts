import { expectedAnswer, type UpstreamOptions } from "@tideover/simulator";
import { resolveConfig, type TideoverConfig } from "tideover/config";
import { isWholeBody, textOfBody } from "tideover/front";
import { expect, test } from "vitest";
import { chat, contentOf, errorOf } from "../harness/ask.ts";
import { textOf, type VirtualStage, virtualStage, virtualUrl } from "../harness/virtual-stage.ts";

type Route = Omit<TideoverConfig["routes"][number], "model" | "ladder">;

/** Providers whose times are exact: the first token after 100 ms, a sign of life every second before. */
const EXACT: Partial<UpstreamOptions> = { pacing: { ttftMs: 100, keepAliveMs: 1_000, jitter: 0 } };

const expected = expectedAnswer(chat("sim-chat")).content;

function before(ladder: readonly string[], route: Route = {}, server: TideoverConfig["server"] = {}): VirtualStage {
  const preset = { preset: "deepseek", apiKey: "sk-test" };
  const resolved = resolveConfig({
    providers: {
      busy: { ...preset, baseUrl: virtualUrl("busy") },
      calm: { ...preset, baseUrl: virtualUrl("calm"), models: { "*": "sim-chat" } },
    },
    routes: [{ model: "*", ladder, retry: "off", ...route }],
    server,
  });
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  return virtualStage(resolved.config, { busy: EXACT, calm: EXACT });
}

/** Everything that a stream gave, and when: the head, each piece, and the end, in ms. */
async function watched(on: VirtualStage, model: string, headers: Record<string, string> = {}) {
  const pieces: { readonly at: number; readonly text: string }[] = [];
  const run = async () => {
    const response = await on.post(chat(model, { stream: true }), headers);
    const headAt = on.clock.now();
    const { body } = response;
    if (isWholeBody(body)) return { response, headAt, endAt: headAt, whole: textOfBody(body) };
    for (;;) {
      const bytes = await body.read();
      if (bytes === undefined) break;
      pieces.push({ at: on.clock.now(), text: new TextDecoder().decode(bytes) });
    }
    return { response, headAt, endAt: on.clock.now(), whole: pieces.map(({ text }) => text).join("") };
  };
  return { ...(await on.clock.run(run())), pieces };
}

const KEEP_ALIVE = ": keep-alive\n\n";
const keepAlivesOf = (pieces: readonly { readonly at: number; readonly text: string }[]) =>
  pieces.filter(({ text }) => text === KEEP_ALIVE).map(({ at }) => at);

function eventsOf(whole: string) {
  const data = whole.split("\n\n").flatMap((block) => (block.startsWith("data: ") ? [block.slice(6)] : []));
  return {
    events: data.filter((item) => item !== "[DONE]").map((item) => JSON.parse(item)),
    done: data.at(-1) === "[DONE]",
  };
}

const contentIn = (whole: string) =>
  eventsOf(whole)
    .events.map((event) => contentOf(event))
    .join("");

test.each(["fault-keep-alive-only", "fault-comment-flood-100", "fault-late-first-token-60000"])(
  "%s: what is no content does not extend the first-token timer",
  async (model) => {
    const on = before(["busy", "calm"], { firstToken: "10s" });
    const { response, headAt, whole } = await watched(on, model);
    expect(headAt).toBeGreaterThanOrEqual(10_100);
    expect(headAt).toBeLessThan(10_150);
    expect(response.headers["tideover-rung"]).toBe("alternate");
    expect(contentIn(whole)).toBe(expected);
    expect(on.upstreams.busy?.counters.inFlight).toBe(0);
    expect(on.clock.pendingTimers).toBe(0);
  },
);

test("unstreamed, read as a stream, it does not extend it either", async () => {
  const on = before(["busy", "calm"], { firstToken: "10s" });
  const response = await on.clock.run(on.post(chat("fault-keep-alive-only")));
  // 100 ms for the first token, then sixty tokens at 1,000 a second.
  expect(on.clock.now()).toBeGreaterThan(10_100);
  expect(on.clock.now()).toBeLessThan(10_250);
  expect(contentOf(JSON.parse(await on.clock.run(textOf(response))))).toBe(expected);
});

test("sixty seconds of keep-alive comments end at the first-token time of 20 s", async () => {
  const on = before(["busy", "calm"]);
  const { pieces, whole } = await watched(on, "fault-keep-alive-only");
  expect(keepAlivesOf(pieces)).toEqual([15_000]);
  const firstContent = pieces.find(({ text }) => text.includes('"content":"'));
  expect(firstContent?.at).toBeGreaterThanOrEqual(20_100);
  expect(firstContent?.at).toBeLessThan(20_150);
  expect(contentIn(whole)).toBe(expected);
  expect(eventsOf(whole).done).toBe(true);
});

test("the head waits for the first content, and then says where the answer comes from", async () => {
  const on = before(["busy"], { firstToken: "60s" });
  const { response, headAt, pieces } = await watched(on, "fault-late-first-token-14000");
  expect(headAt).toBe(14_000);
  expect(response.status).toBe(200);
  expect(response.headers["tideover-rung"]).toBe("live");
  expect(keepAlivesOf(pieces)).toEqual([]);
});

test("after 15 s of silence the head goes out, then a comment every 15 s until the answer begins", async () => {
  const on = before(["busy"], { firstToken: "60s" });
  const { response, headAt, pieces, whole } = await watched(on, "fault-late-first-token-50000");
  expect(headAt).toBe(15_000);
  expect(response.status).toBe(200);
  expect(response.headers["content-type"]).toContain("text/event-stream");
  expect(response.headers["tideover-rung"]).toBeUndefined();
  expect(keepAlivesOf(pieces)).toEqual([15_000, 30_000, 45_000]);
  expect(contentIn(whole)).toBe(expected);
  const { events, done } = eventsOf(whole);
  expect(done).toBe(true);
  expect(events.at(-1).tideover).toMatchObject({ rung: "live", provider: "busy" });
});

test("a failure before 15 s has its own status; one after is told in the stream, without [DONE]", async () => {
  const early = await watched(before(["busy"], { firstToken: "10s" }), "fault-silence");
  expect(early.response.status).toBe(503);
  expect(errorOf(JSON.parse(early.whole)).code).toBe("ladder_exhausted");

  const on = before(["busy"], { firstToken: "40s" });
  const late = await watched(on, "fault-silence");
  expect(late.response.status).toBe(200);
  expect(late.endAt).toBe(40_000);
  expect(keepAlivesOf(late.pieces)).toEqual([15_000, 30_000]);
  const { events, done } = eventsOf(late.whole);
  expect(events).toHaveLength(1);
  expect(errorOf(events[0])).toMatchObject({ code: "ladder_exhausted", status: 503 });
  expect(done).toBe(false);
  expect(on.clock.pendingTimers).toBe(0);
});

test("the deadline holds for a stream whose head is out", async () => {
  const on = before(["busy"], { firstToken: "60s", deadline: "30s" });
  const { endAt, whole } = await watched(on, "fault-keep-alive-only");
  expect(endAt).toBeGreaterThanOrEqual(30_000);
  expect(endAt).toBeLessThanOrEqual(30_100);
  expect(errorOf(eventsOf(whole).events[0]).code).toBe("deadline_exceeded");
  expect(on.upstreams.busy?.counters.inFlight).toBe(0);
});

test("a client that names its read timeout gets signs of life within a third of it", async () => {
  const on = before(["busy"], { firstToken: "60s" });
  const { headAt, pieces } = await watched(on, "fault-late-first-token-12000", { "x-stainless-read-timeout": "15" });
  expect(headAt).toBe(5_000);
  expect(keepAlivesOf(pieces)).toEqual([5_000, 10_000]);
});

test("a silence inside the answer is bridged too, until the gap is over", async () => {
  const on = before(["busy"], { gap: "40s", resume: "off" });
  const { pieces, endAt, whole } = await watched(on, "fault-stall");
  const lastContent = pieces.findLast(({ text }) => text.includes('"content":"'))?.at ?? 0;
  expect(keepAlivesOf(pieces)).toEqual([lastContent + 15_000, lastContent + 30_000]);
  expect(endAt).toBe(lastContent + 40_000);
  expect(errorOf(eventsOf(whole).events.at(-1)).code).toBe("stream_interrupted");
  expect(eventsOf(whole).done).toBe(false);
});

test("unstreamed callers wait without a sign of life, unless the configuration gives them newlines", async () => {
  const silent = before(["busy"], { firstToken: "60s" });
  const response = await silent.clock.run(silent.post(chat("fault-late-first-token-50000")));
  expect(silent.clock.now()).toBeGreaterThan(50_000);
  expect((await silent.clock.run(textOf(response))).startsWith("{")).toBe(true);

  const on = before(["busy"], { firstToken: "60s" }, { keepAlive: { unary: true } });
  const bridged = await on.clock.run(on.post(chat("fault-late-first-token-50000")));
  expect(on.clock.now()).toBe(15_000);
  expect(bridged.status).toBe(200);
  const text = await on.clock.run(textOf(bridged));
  expect(text).toMatch(/^\n\n\n\{/);
  expect(contentOf(JSON.parse(text))).toBe(expected);
});
