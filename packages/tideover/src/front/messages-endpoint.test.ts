import { describe, expect, test } from "vitest";
import { failure, type Outcome, sleep, WHOLE } from "../engine/index.ts";
import { isWholeBody } from "./http.ts";
import {
  answerOf,
  chunks,
  eventsIn,
  FINISH,
  harness,
  LIVE,
  parsed,
  request,
  ScriptedStream,
  type StreamStep,
  textOf,
  USAGE,
} from "./testing/front-harness.ts";

const BODY = { model: "deepseek-flash", max_tokens: 64, messages: [{ role: "user", content: "Hello" }] };
const asked = (more: object = {}, parts: object = {}) =>
  request({ path: "/v1/messages?beta=true", body: { ...BODY, ...more }, ...parts });
const STEPS = [{ events: [...chunks("The ", "tide."), FINISH, USAGE] }, { ending: WHOLE }];

/** The events of a Messages stream: the name and the data of each. */
function named(text: string): { name: string; data: ReturnType<typeof parsed> }[] {
  return eventsIn(text).map((event) => {
    const [name = "", data = ""] = event.split("\n");
    return { name: name.replace("event: ", ""), data: parsed(data.replace("data: ", "")) };
  });
}

describe("a whole answer", () => {
  test("is a message with its provenance, and names the request as Anthropic's clients read it", async () => {
    const { clock, handler, calls, records } = harness((_, on) => answerOf(new ScriptedStream(on, STEPS)));
    const response = await clock.run(handler(asked()));
    expect(response.status).toBe(200);
    expect(response.headers).toMatchObject({ "request-id": "request-1", "tideover-rung": "live" });
    expect(parsed(await textOf(response))).toMatchObject({
      id: "msg_request-1",
      type: "message",
      content: [{ type: "text", text: "The tide." }],
      stop_reason: "end_turn",
      usage: { input_tokens: 3, output_tokens: 2 },
      tideover: { rung: "live", provider: "deepseek" },
    });
    expect(calls[0]?.request.operation).toBe("chat");
    expect(JSON.parse(new TextDecoder().decode(calls[0]?.request.bytes))).toEqual(calls[0]?.request.body);
    expect(records[0]).toMatchObject({ endpoint: "/v1/messages", result: "answered" });
  });

  test("behind newlines is still a message", async () => {
    const { clock, handler } = harness(
      async (call, on) => {
        await sleep(on, 40_000, call.signal);
        return answerOf(new ScriptedStream(on, STEPS));
      },
      { settings: { keepAlive: { intervalMs: 15_000, unary: true } } },
    );
    const text = await clock.run(handler(asked()).then(textOf));
    expect(text).toMatch(/^\n\n\{/);
    expect(parsed(text)).toMatchObject({ type: "message", stop_reason: "end_turn" });
  });

  test("honours the timeout that the official client announces", async () => {
    const { clock, handler, calls } = harness((_, on) => answerOf(new ScriptedStream(on, STEPS)));
    await clock.run(handler(asked({}, { headers: { "x-stainless-timeout": "7" } })));
    expect((calls[0]?.deadline ?? 0) - (calls[0]?.startedAt ?? 0)).toBe(7_000);
  });
});

describe("a stream", () => {
  test("tells silence as pings, before and after it began, and ends whole", async () => {
    const { clock, handler } = harness(async (call, on) => {
      await sleep(on, 20_000, call.signal);
      const steps: StreamStep[] = [
        { events: chunks("The ") },
        { after: 20_000, events: [...chunks("tide."), FINISH, USAGE] },
      ];
      steps.push({ ending: WHOLE });
      return answerOf(new ScriptedStream(on, steps));
    });
    const text = await clock.run(handler(asked({ stream: true })).then(textOf));
    expect(named(text).map(({ name }) => name)).toEqual([
      "ping",
      "message_start",
      "content_block_start",
      "content_block_delta",
      "ping",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(named(text).every(({ name, data }) => String(data.type) === name)).toBe(true);
    expect(named(text).at(-2)?.data).toMatchObject({ usage: { output_tokens: 2 }, tideover: { rung: "live" } });
  });

  test("that is cut ends in an error and never in message_stop", async () => {
    const cut = { ending: { type: "ending", failure: failure("fault", "cut", "The stream was cut.") } } as const;
    const { clock, handler } = harness((_, on) =>
      answerOf(new ScriptedStream(on, [{ events: [...chunks("The "), FINISH] }, cut])),
    );
    const events = named(await clock.run(handler(asked({ stream: true })).then(textOf)));
    expect(events.map(({ name }) => name)).not.toContain("message_stop");
    expect(events.at(-1)?.data).toMatchObject({
      type: "error",
      error: { type: "api_error", code: "stream_interrupted", status: 502 },
      request_id: "request-1",
      tideover: { rung: "live" },
    });
  });

  test("whose reader leaves cancels what is below", async () => {
    let stream: ScriptedStream | undefined;
    const { clock, handler, records } = harness((_, on) => {
      stream = new ScriptedStream(on, [{ events: chunks("The ") }]);
      return answerOf(stream);
    });
    const leave = async () => {
      const { body } = await handler(asked({ stream: true }));
      if (isWholeBody(body)) throw new Error("a stream was expected");
      await body.read();
      body.cancel();
      expect(await body.read()).toBeUndefined();
    };
    await clock.run(leave());
    expect(stream?.cancelled).toMatchObject({ kind: "cancelled" });
    expect(records[0]?.result).toBe("cancelled");
  });
});

test("a degraded answer and a ticket are told as they are", async () => {
  const stale = { ...LIVE, rung: "stale", degraded: true, ageSeconds: 90 } as const;
  const first = harness((_, on) => answerOf(new ScriptedStream(on, STEPS), stale));
  const response = await first.clock.run(first.handler(asked()));
  expect(response.headers).toMatchObject({ age: "90", "tideover-rung": "stale", "tideover-degraded": "?1" });
  expect(parsed(await textOf(response))).toMatchObject({ tideover: { rung: "stale", age_seconds: 90 } });

  const second = harness((): Outcome => ({ type: "accepted", jobId: "job-1" }));
  const accepted = await second.clock.run(second.handler(asked()));
  expect(accepted.status).toBe(202);
  expect(accepted.headers.location).toBe("/v1/jobs/job-1");
  expect(parsed(await textOf(accepted))).toMatchObject({ id: "job-1", object: "job" });
});

describe("errors are in Anthropic's envelope", () => {
  const ask = async (sent: ReturnType<typeof request>, outcome?: Outcome) => {
    const { clock, handler } = harness(() => outcome ?? failure("overloaded", "http-503", "busy"));
    const response = await clock.run(handler(sent));
    return { status: response.status, headers: response.headers, body: parsed(await textOf(response)) };
  };

  test.each([
    ["no JSON", asked({}, { body: "{" }), 400, "invalid_request_error", "invalid_request"],
    ["no messages", asked({ messages: [] }), 400, "invalid_request_error", "invalid_request"],
    ["no route", asked({ model: "unknown-1" }), 404, "not_found_error", "unknown_model"],
    ["no such path", request({ path: "/v1/messages/batches" }), 404, "not_found_error", "invalid_request"],
    [
      "no such method",
      request({ path: "/anthropic/v1/messages", method: "PUT" }),
      405,
      "invalid_request_error",
      "invalid_request",
    ],
    ["a foreign host", asked({}, { headers: { host: "evil.example" } }), 401, "authentication_error", "unauthorized"],
    ["no provider", asked(), 503, "overloaded_error", "ladder_exhausted"],
  ])("%s", async (_, sent, status, type, code) => {
    const reply = await ask(sent);
    expect(reply.status).toBe(status);
    expect(reply.body).toMatchObject({ type: "error", error: { type, code }, request_id: "request-1" });
    expect(reply.headers["request-id"]).toBe("request-1");
  });

  test("a provider's own error, JSON or not, keeps its words", async () => {
    const passed = (contentType: string, body: string) =>
      failure("caller", "http-400", "x", { passed: { status: 400, contentType, body } });
    const json = await ask(asked(), passed("application/json", '{"error":{"message":"too long","code":"c"}}'));
    expect(json.body).toMatchObject({ error: { type: "invalid_request_error", message: "too long", code: "c" } });
    const text = await ask(asked(), passed("text/plain", "too long"));
    expect(text.headers["content-type"]).toBe("application/json");
    expect(text.body).toMatchObject({ error: { type: "invalid_request_error", message: "too long" } });
  });
});

test("tokens are counted without the bytes of an image", async () => {
  const count = async (content: unknown) => {
    const { clock, handler } = harness(() => failure("fault", "x", "x"));
    const body = { ...BODY, messages: [{ role: "user", content }] };
    const response = await clock.run(handler(request({ path: "/v1/messages/count_tokens", body })));
    return parsed(await textOf(response));
  };
  const plain = await count("Hello");
  expect(plain).toMatchObject({ tideover: { estimated: true } });
  expect(Number(plain.input_tokens)).toBeLessThan(60);
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBO".repeat(50_000) } };
  expect(Number((await count([image])).input_tokens)).toBeLessThan(1_800);
});
