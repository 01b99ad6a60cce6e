import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerTo, LONG_QUESTION, QUESTION, TOOL, TOOL_PARAMETERS, TOOL_RESULT } from "../harness/client-stage.ts";
import { type ResponsesStage, responsesStage } from "./responses-stage.ts";

type Response = OpenAI.Responses.Response;
type Event = OpenAI.Responses.ResponseStreamEvent;

let on: ResponsesStage;
let client: OpenAI;
beforeAll(async () => {
  on = await responsesStage();
  client = on.client();
}, 90_000);
afterAll(() => on[Symbol.asyncDispose]());

const LIMIT = { max_output_tokens: 4_096 };
const CHAT_LIMIT = { max_tokens: 4_096 };
const ASKED = { model: "sim-chat", input: QUESTION };

interface Told {
  readonly tideover?: {
    readonly rung: string;
    readonly attempts: readonly { outcome: string }[];
    readonly seams: readonly { mode: string }[];
  };
}

const told = (response: Response) => (response as Told).tideover;

async function eventsOf(stream: AsyncIterable<Event>): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

const deltas = (events: readonly Event[]) =>
  events.map((event) => (event.type === "response.output_text.delta" ? event.delta : "")).join("");
const numbers = (events: readonly Event[]) => events.map(({ sequence_number: number }) => number);
const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, at) => from + at);

async function until(id: string, ended: (response: Response) => boolean): Promise<Response> {
  for (let asked = 0; asked < 400; asked++) {
    const response = await client.responses.retrieve(id);
    if (ended(response)) return response;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The response ${id} did not end.`);
}
const hasEnded = ({ status }: Response) => status !== "queued" && status !== "in_progress";

describe("answers", () => {
  test("plain, kept and fetched again", async () => {
    const response = await client.responses.create({ ...ASKED, ...LIMIT, metadata: { shop: "lamps" } });
    const expected = answerTo(QUESTION, CHAT_LIMIT);
    expect(response.output_text).toBe(expected.content);
    expect(response).toMatchObject({
      object: "response",
      status: "completed",
      error: null,
      store: true,
      max_output_tokens: 4_096,
      metadata: { shop: "lamps" },
      usage: { output_tokens: expected.tokens },
    });
    expect(told(response)).toMatchObject({ rung: "live", attempts: [{ outcome: "answered" }] });
    const { output_text: _, ...kept } = await client.responses.retrieve(response.id);
    expect(kept).toMatchObject({
      id: response.id,
      output: response.output,
      usage: response.usage,
      status: "completed",
    });
    await expect(on.client("key-of-two").responses.retrieve(response.id)).rejects.toMatchObject({ status: 404 });
  });

  test("streamed: the official order, every number, the same text", async () => {
    const events = await eventsOf(await client.responses.create({ ...ASKED, stream: true }));
    const types = events.map(({ type }) => type);
    expect(types.slice(0, 4)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
    ]);
    expect(types.slice(-4)).toEqual([
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(numbers(events)).toEqual(upTo(events.length));
    expect(deltas(events)).toBe(answerTo(QUESTION).content);
    const last = events.at(-1);
    if (last?.type !== "response.completed") throw new Error("It did not complete.");
    expect(told(last.response)).toMatchObject({ rung: "live" });
    const kept = await client.responses.retrieve(last.response.id);
    expect(kept).toMatchObject({ output: last.response.output, usage: last.response.usage });
  });

  test("streamed through the client's own accumulator, with thinking", async () => {
    const reasoning = { effort: "high" } as const;
    const asked = { ...ASKED, ...LIMIT, reasoning, thinking: { type: "enabled" } };
    const response = await client.responses.stream(asked).finalResponse();
    const expected = answerTo(QUESTION, { ...CHAT_LIMIT, thinking: { type: "enabled" }, reasoning_effort: "high" });
    expect(response.output).toMatchObject([
      { type: "reasoning", content: [{ type: "reasoning_text", text: expected.reasoning }] },
      { type: "message", content: [{ type: "output_text", text: expected.content }] },
    ]);
  });

  test.each([false, true])("cut by its length, it is incomplete and says so, streamed: %s", async (streamed) => {
    const asked = { ...ASKED, max_output_tokens: 5 };
    const response = streamed
      ? await client.responses.stream(asked).finalResponse()
      : await client.responses.create(asked);
    expect(response).toMatchObject({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } });
  });

  test("JSON by a schema", async () => {
    const format = { type: "json_object" } as const;
    const response = await client.responses.create({ ...ASKED, input: "A harbour as json.", text: { format } });
    expect(JSON.parse(response.output_text)).toBeTypeOf("object");
  });

  test("what is not to be stored is not there afterwards", async () => {
    const response = await client.responses.create({ ...ASKED, store: false });
    expect(response).toMatchObject({ store: false });
    await expect(client.responses.retrieve(response.id)).rejects.toMatchObject({ status: 404 });
    const asked = { ...ASKED, previous_response_id: response.id };
    await expect(client.responses.create(asked)).rejects.toMatchObject({ status: 404, param: "previous_response_id" });
  });

  test("deleted, it is gone", async () => {
    const { id } = await client.responses.create(ASKED);
    await expect(on.client("key-of-two").responses.delete(id)).rejects.toMatchObject({ status: 404 });
    await client.responses.delete(id);
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
  });

  test("a request under one key is answered once, and under its first identifier", async () => {
    const headers = { "Idempotency-Key": "order-4711" };
    const asked = { ...ASKED, input: `${QUESTION} sim_unique=1` };
    const first = await client.responses.create(asked, { headers });
    const second = await client.responses.create(asked, { headers });
    expect([second.id, second.output_text]).toEqual([first.id, first.output_text]);
    expect(await client.responses.retrieve(first.id)).toMatchObject({ output: first.output });
    await expect(client.responses.create(ASKED, { headers })).rejects.toMatchObject({ status: 422 });
  });
});

describe("conversations", () => {
  const tools = [
    {
      type: "function",
      name: TOOL.function.name,
      description: TOOL.function.description,
      parameters: TOOL_PARAMETERS as unknown as Record<string, unknown>,
      strict: false,
    },
  ] satisfies OpenAI.Responses.Tool[];

  test.each([false, true])(
    "a tool is called and its result taken, by the kept response, streamed: %s",
    async (streamed) => {
      const ask = (body: OpenAI.Responses.ResponseCreateParamsNonStreaming) =>
        streamed ? client.responses.stream(body as never).finalResponse() : client.responses.create(body);
      const first = await ask({ ...ASKED, ...LIMIT, tools, instructions: "Be brief." });
      const call = first.output.find((item) => item.type === "function_call");
      if (call?.type !== "function_call") throw new Error("No tool was called.");
      expect(JSON.parse(call.arguments)).toMatchObject({ city: expect.any(String) });
      const output = [{ type: "function_call_output", call_id: call.call_id, output: TOOL_RESULT }] as const;
      const second = await ask({ ...ASKED, ...LIMIT, tools, input: [...output], previous_response_id: first.id });
      expect(second.output_text).not.toBe("");
      expect(second.previous_response_id).toBe(first.id);
      // The same conversation as one request of items gets the same answer.
      const items = [{ role: "user", content: QUESTION }, ...first.output, ...output] as OpenAI.Responses.ResponseInput;
      const third = await ask({ ...ASKED, ...LIMIT, tools, input: items });
      expect(third.output_text).toBe(second.output_text);
    },
  );

  test("it cannot go on from what is not there, or is another tenant's", async () => {
    const { id } = await client.responses.create(ASKED);
    const asked = { ...ASKED, previous_response_id: id };
    expect((await client.responses.create(asked)).output_text).not.toBe("");
    await expect(on.client("key-of-two").responses.create(asked)).rejects.toMatchObject({ status: 404 });
  });
});

describe.concurrent.each(["503", "reset", "empty", "silence", "cut", "stall", "error-in-stream"])(
  "a provider with %s before a sound one",
  (fault) => {
    test.each([false, true])("the answer is whole, streamed: %s", async (streamed) => {
      const asked = { ...ASKED, ...LIMIT, model: `fault-${fault}` };
      const response = streamed
        ? await client.responses.stream(asked).finalResponse()
        : await client.responses.create(asked);
      expect(response.status).toBe("completed");
      expect(response.output_text).toBe(answerTo(QUESTION, CHAT_LIMIT).content);
      expect(told(response)?.attempts.length).toBeGreaterThan(1);
      const isCut = ["cut", "stall", "error-in-stream"].includes(fault);
      expect(told(response)?.seams).toHaveLength(isCut ? 1 : 0);
    });
  },
);

describe("in the background", () => {
  test("queued, polled, done", async () => {
    const queued = await client.responses.create({ ...ASKED, background: true });
    expect(queued).toMatchObject({ status: "queued", background: true, output: [] });
    const done = await until(queued.id, hasEnded);
    expect(done.status).toBe("completed");
    expect(done.output_text).toBe(answerTo(QUESTION).content);
    expect(told(done)).toMatchObject({ rung: "live" });
    const events = await eventsOf(await client.responses.retrieve(queued.id, { stream: true }));
    expect(numbers(events)).toEqual(upTo(events.length));
    expect(deltas(events)).toBe(done.output_text);
    const rest = await eventsOf(await client.responses.retrieve(queued.id, { stream: true, starting_after: 2 }));
    expect(rest).toEqual(events.slice(3));
  });

  test("streamed: a connection that breaks costs nothing, the stream resumes behind what was seen", async () => {
    const asked = { model: "slow-chat", input: LONG_QUESTION, background: true, stream: true } as const;
    const seen: Event[] = [];
    let id = "";
    for await (const event of await client.responses.create(asked)) {
      seen.push(event);
      if (event.type === "response.created") id = event.response.id;
      if (seen.length === 12) break;
    }
    expect(seen.slice(0, 3).map(({ type }) => type)).toEqual([
      "response.created",
      "response.queued",
      "response.in_progress",
    ]);
    expect((await client.responses.retrieve(id)).status).toBe("in_progress");
    const starting_after = seen.at(-1)?.sequence_number ?? 0;
    const rest = await eventsOf(await client.responses.retrieve(id, { stream: true, starting_after }));
    expect(numbers([...seen, ...rest])).toEqual(upTo(seen.length + rest.length));
    expect(rest.at(-1)?.type).toBe("response.completed");
    expect(deltas([...seen, ...rest])).toBe(answerTo(LONG_QUESTION).content);
    const kept = await client.responses.retrieve(id);
    expect(kept.output_text).toBe(answerTo(LONG_QUESTION).content);
    const replayed = client.responses.stream({ response_id: id });
    expect((await replayed.finalResponse()).output_text).toBe(kept.output_text);
  }, 60_000);

  test("cancelled, the work upstream ends, and cancelling again changes nothing", async () => {
    const { id } = await client.responses.create({ model: "slow-chat", input: LONG_QUESTION, background: true });
    await until(id, ({ status }) => status === "in_progress");
    expect(await client.responses.cancel(id)).toMatchObject({ id, status: "cancelled" });
    expect(await client.responses.cancel(id)).toMatchObject({ id, status: "cancelled" });
    const events = await eventsOf(await client.responses.retrieve(id, { stream: true }));
    expect(events.at(-1)).toMatchObject({ type: "response.failed", response: { status: "cancelled" } });
  });

  test("it survives the death of the gateway, and what cannot be resumed is refused", async () => {
    const asked = { model: "slow-chat", input: LONG_QUESTION, background: true, stream: true } as const;
    let id = "";
    for await (const event of await client.responses.create(asked)) {
      if (event.type === "response.created") id = event.response.id;
      if (event.sequence_number > 10) break;
    }
    await on.gateway.kill();
    await on.gateway.start();
    client = on.client();
    const resumed = client.responses.retrieve(id, { stream: true, starting_after: 8 });
    await expect(resumed).rejects.toMatchObject({ status: 409, param: "starting_after" });
    const done = await until(id, hasEnded);
    expect(done.output_text).toBe(answerTo(LONG_QUESTION).content);
    const events = await eventsOf(await client.responses.retrieve(id, { stream: true }));
    expect(deltas(events)).toBe(done.output_text);
  }, 120_000);

  test("a route without tickets has no background, and only what was is cancelled", async () => {
    const refused = client.responses.create({ ...ASKED, model: "plain", background: true });
    await expect(refused).rejects.toMatchObject({ status: 400, param: "background" });
    const { id } = await client.responses.create(ASKED);
    await expect(client.responses.cancel(id)).rejects.toMatchObject({ status: 400 });
  });
});

describe("what goes wrong", () => {
  test("an answer that breaks and cannot be finished fails, and never completes", async () => {
    const events = await eventsOf(await client.responses.create({ ...ASKED, model: "alone", stream: true }));
    expect(events.at(-1)).toMatchObject({
      type: "response.failed",
      response: { status: "failed", error: { code: "stream_interrupted" }, store: false },
    });
  });

  test("a ticket that nobody asked for is a response that waits", async () => {
    const asked = client.responses.create({ ...ASKED, model: "fault-500" });
    const { data, response } = await asked.withResponse();
    expect([response.status, response.headers.get("location")]).toEqual([202, `/v1/responses/${data.id}`]);
    expect(data.status).toBe("queued");
    expect((await client.responses.retrieve(data.id)).id).toBe(data.id);
    const events = await eventsOf(await client.responses.create({ ...ASKED, model: "fault-500", stream: true }));
    expect(events.map(({ type }) => type)).toEqual(["response.created", "response.queued"]);
  });

  test.each([
    [{ input: [{ type: "item_reference", id: "msg_1" }] }, "input[0]"],
    [{ tools: [{ type: "web_search" }] }, "tools[0]"],
    [{ conversation: "conv_1" }, "conversation"],
    [{ background: true, store: false }, "store"],
    [{ previous_response_id: "resp_unknown" }, "previous_response_id"],
  ])("%j is refused with its place", async (more, param) => {
    const refused = client.responses.create({ ...ASKED, ...more } as never);
    await expect(refused).rejects.toMatchObject({ param });
    await expect(refused).rejects.toBeInstanceOf(OpenAI.APIError);
  });
});
