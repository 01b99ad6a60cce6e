import { describe, expect, test } from "vitest";
import type { JsonObject } from "../engine/index.ts";
import { failure, sleep, WHOLE } from "../engine/index.ts";
import { jobStage } from "../jobs/testing/job-stage.ts";
import { isWholeBody } from "./http.ts";
import {
  answerOf,
  chunks,
  eventsIn,
  FINISH,
  harness,
  parsed,
  request,
  ScriptedStream,
  type StreamStep,
  textOf,
  USAGE,
} from "./testing/front-harness.ts";

const BODY = { model: "deepseek-flash", max_output_tokens: 64, input: "Hello" };
const asked = (more: object = {}, parts: object = {}) =>
  request({ path: "/v1/responses", body: { ...BODY, ...more }, ...parts });
const read = (path: string, method = "GET") => request({ path, method, body: "" });
const STEPS: StreamStep[] = [{ events: [...chunks("The ", "tide."), FINISH, USAGE] }, { ending: WHOLE }];
const sign = (text: string) => text;

/** The events of a stream: the name of each with its data; signs of life as they are. */
function named(text: string): { name: string; data: JsonObject }[] {
  return eventsIn(text).map((event) => {
    const [name = "", data = "data: {}"] = event.split("\n");
    return { name: name.replace("event: ", ""), data: parsed(data.replace("data: ", "")) };
  });
}

/** A store that loses what it is given from the start. */
function brokenJobs() {
  const stage = jobStage();
  const { jobs } = stage.process({ works: false }, (store) =>
    Object.assign(Object.create(store), { accept: () => Promise.reject(new Error("disk full")) }),
  );
  return { jobs: { jobs, sign } };
}

describe("without a store", () => {
  test("an answer is an answer, and says that it is not kept", async () => {
    const { clock, handler, calls, records } = harness((_, on) => answerOf(new ScriptedStream(on, STEPS)));
    const response = await clock.run(handler(asked({ instructions: "Be brief." })));
    expect(response).toMatchObject({ status: 200, headers: { "tideover-rung": "live" } });
    expect(parsed(await textOf(response))).toMatchObject({
      id: "resp_request1",
      object: "response",
      status: "completed",
      instructions: "Be brief.",
      output: [{ id: "msg_request1_0", content: [{ type: "output_text", text: "The tide." }] }],
      usage: { input_tokens: 3, output_tokens: 2 },
      store: false,
      tideover: { rung: "live", provider: "deepseek" },
    });
    expect(calls[0]?.request).toMatchObject({ operation: "chat", body: { max_tokens: 64 } });
    expect(records[0]).toMatchObject({ endpoint: "/v1/responses", result: "answered" });
  });

  test("nothing is fetched, and no conversation goes on", async () => {
    const { clock, handler } = harness((_, on) => answerOf(new ScriptedStream(on, STEPS)));
    expect((await clock.run(handler(read("/v1/responses/resp_1")))).status).toBe(404);
    const refused = await clock.run(handler(asked({ previous_response_id: "resp_1" })));
    expect(parsed(await textOf(refused)).error).toMatchObject({ param: "previous_response_id" });
    const background = await clock.run(handler(asked({ background: true })));
    expect([background.status, parsed(await textOf(background)).error]).toEqual([
      400,
      expect.objectContaining({ param: "background" }),
    ]);
  });

  test.each([
    ["/v1/responses/resp_1/cancel", "GET", 405],
    ["/v1/responses", "GET", 405],
    ["/v1/responses/resp_1/input_items", "GET", 404],
  ])("%s by %s is %i", async (path, method, status) => {
    const { clock, handler } = harness(() => failure("fault", "x", "x"));
    expect((await clock.run(handler(read(path, method)))).status).toBe(status);
  });
});

test("a store that is out costs the answer its keeping, streamed or not", async () => {
  const { clock, handler } = harness((_, on) => answerOf(new ScriptedStream(on, STEPS)), brokenJobs());
  const whole = parsed(await textOf(await clock.run(handler(asked()))));
  expect(whole).toMatchObject({ status: "completed", store: false });
  const events = named(await clock.run(handler(asked({ stream: true })).then(textOf)));
  expect(events.at(-1)).toMatchObject({ name: "response.completed", data: { response: { store: false } } });
});

test("an answer behind newlines is still a response", async () => {
  const { clock, handler } = harness(
    async (call, on) => {
      await sleep(on, 40_000, call.signal);
      return answerOf(new ScriptedStream(on, STEPS));
    },
    { settings: { keepAlive: { intervalMs: 15_000, unary: true } } },
  );
  const text = await clock.run(handler(asked()).then(textOf));
  expect(text).toMatch(/^\n\n\{/);
  expect(parsed(text)).toMatchObject({ object: "response", status: "completed" });
});

describe("a stream", () => {
  test("tells silence as comments, before and after it began, and ends whole", async () => {
    const { clock, handler } = harness(async (call, on) => {
      await sleep(on, 20_000, call.signal);
      const steps: StreamStep[] = [
        { events: chunks("The ") },
        { after: 20_000, events: [...chunks("tide."), FINISH, USAGE] },
        { ending: WHOLE },
      ];
      return answerOf(new ScriptedStream(on, steps));
    });
    const events = named(await clock.run(handler(asked({ stream: true })).then(textOf)));
    const names = events.map(({ name }) => name);
    expect(names[0]).toMatch(/^:/);
    expect(names.filter((name) => name.startsWith(":"))).toHaveLength(2);
    expect(names).not.toContain("[DONE]");
    expect(events.at(-1)).toMatchObject({
      name: "response.completed",
      data: { response: { status: "completed", usage: { output_tokens: 2 }, tideover: { rung: "live" } } },
    });
  });

  test("that is cut fails with what there was, and never completes", async () => {
    const cut = failure("fault", "cut", "The provider closed the connection.");
    const { clock, handler } = harness((_, on) =>
      answerOf(new ScriptedStream(on, [{ events: chunks("The ") }, { ending: { type: "ending", failure: cut } }])),
    );
    const events = named(await clock.run(handler(asked({ stream: true })).then(textOf)));
    expect(events.map(({ name }) => name)).not.toContain("response.completed");
    expect(events.at(-1)).toMatchObject({
      name: "response.failed",
      data: { response: { status: "failed", error: { code: "stream_interrupted" }, store: false } },
    });
  });

  test("whose head went out before the failure begins, and fails", async () => {
    const { clock, handler } = harness(async (call, on) => {
      await sleep(on, 20_000, call.signal);
      return failure("overloaded", "http-503", "busy");
    });
    const events = named(await clock.run(handler(asked({ stream: true })).then(textOf)));
    expect(events.slice(-3).map(({ name }) => name)).toEqual([
      "response.created",
      "response.in_progress",
      "response.failed",
    ]);
  });

  test("whose head went out before the ticket tells of a response that waits", async () => {
    const { clock, handler } = harness(async (call, on) => {
      await sleep(on, 20_000, call.signal);
      return { type: "accepted", jobId: "resp_other" };
    });
    const events = named(await clock.run(handler(asked({ stream: true })).then(textOf)));
    expect(events.slice(-2)).toMatchObject([
      { name: "response.created", data: { response: { id: "resp_other", status: "queued" } } },
      { name: "response.queued" },
    ]);
  });

  test("that its caller leaves ends the work below", async () => {
    let stream: ScriptedStream | undefined;
    const { clock, handler } = harness((_, on) => {
      stream = new ScriptedStream(on, [{ events: chunks("The ") }]);
      return answerOf(stream);
    });
    const { body } = await clock.run(handler(asked({ stream: true })));
    if (isWholeBody(body)) throw new Error("It is no stream.");
    await clock.run(body.read());
    body.cancel();
    expect(stream?.cancelled).toMatchObject({ kind: "cancelled" });
    expect(await body.read()).toBeUndefined();
  });
});
