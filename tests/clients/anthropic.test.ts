import Anthropic from "@anthropic-ai/sdk";
import { createTideover } from "tideover";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  answerTo,
  asking,
  clientStage,
  LONG_QUESTION,
  QUESTION,
  TOOL,
  TOOL_PARAMETERS,
  TOOL_RESULT,
} from "../harness/client-stage.ts";
import { promptly, upstreamInFlight } from "../harness/promptly.ts";
import type { Stage } from "../harness/stage.ts";

type Request = Anthropic.MessageCreateParamsNonStreaming;

let on: Stage;
const clientOf = (stage: Stage, base = "") => new Anthropic({ baseURL: `${stage.url}${base}`, apiKey: "any" });

beforeAll(async () => {
  on = await clientStage();
});
afterAll(() => on[Symbol.asyncDispose]());

const question: Anthropic.MessageParam[] = [{ role: "user", content: QUESTION }];
const asked: Request = { model: "sim-chat", max_tokens: 4_096, messages: question };
const tool: Anthropic.Tool = {
  name: TOOL.function.name,
  description: TOOL.function.description,
  input_schema: TOOL_PARAMETERS as never,
};

/** What the simulated provider answers to a chat request with these members. */
function expected(more: Parameters<typeof answerTo>[1] = {}) {
  return answerTo(QUESTION, { max_tokens: 4_096, ...more });
}

function textOf({ content }: Pick<Anthropic.Message, "content">): string {
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

describe.concurrent("answers", () => {
  test.each(["", "/anthropic"])("plain, below %j", async (base) => {
    const message = await clientOf(on, base).messages.create(asked);
    expect(message).toMatchObject({ type: "message", role: "assistant", stop_reason: "end_turn" });
    expect(textOf(message)).toBe(expected().content);
    expect(message.usage.output_tokens).toBe(expected().tokens);
    expect(message.usage.input_tokens + (message.usage.cache_read_input_tokens ?? 0)).toBeGreaterThan(0);
  });

  test.each(["", "/anthropic"])("the models are listed, below %j", async (base) => {
    const { models } = clientOf(on, base);
    const listed: Anthropic.ModelInfo[] = [];
    for await (const model of models.list()) listed.push(model);
    expect(listed).toMatchObject([
      { type: "model", id: "sim-chat", display_name: "sim-chat" },
      { type: "model", id: "sim-reasoner", display_name: "sim-reasoner" },
    ]);
    expect(await models.retrieve("sim-chat")).toEqual(listed[0]);
    await expect(models.retrieve("none")).rejects.toThrow("No route takes the model");
  });

  test("streamed, event by event", async () => {
    const stream = await clientOf(on).messages.create({ ...asked, stream: true });
    const types: string[] = [];
    let text = "";
    let last: Anthropic.RawMessageDeltaEvent | undefined;
    for await (const event of stream) {
      if (types.at(-1) !== event.type) types.push(event.type);
      if (event.type === "content_block_delta" && event.delta.type === "text_delta") text += event.delta.text;
      if (event.type === "message_delta") last = event;
    }
    expect(types).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(text).toBe(expected().content);
    expect(last).toMatchObject({
      delta: { stop_reason: "end_turn" },
      usage: { output_tokens: expected().tokens },
      tideover: { rung: "live", provider: "sound", degraded: false },
    });
  });

  test("streamed through the client's own accumulator", async () => {
    const message = await clientOf(on).messages.stream(asked).finalMessage();
    expect(textOf(message)).toBe(expected().content);
    expect(message.stop_reason).toBe("end_turn");
    expect(message.usage.output_tokens).toBe(expected().tokens);
  });

  test("a system text, a limit, and where the answer came from", async () => {
    const { data, response, request_id } = await clientOf(on)
      .messages.create({ ...asked, system: [{ type: "text", text: "Be brief." }], max_tokens: 5 })
      .withResponse();
    expect(data.stop_reason).toBe("max_tokens");
    expect(data.usage.output_tokens).toBe(5);
    expect(response.headers.get("tideover-rung")).toBe("live");
    expect(request_id).toBe(response.headers.get("tideover-request-id"));
  });

  test("tokens are counted, roughly", async () => {
    const count = await clientOf(on).messages.countTokens({ model: "sim-chat", messages: question });
    expect(count.input_tokens).toBeGreaterThan(10);
    expect(count.input_tokens).toBeLessThan(60);
  });
});

test("the official client over the SDK's fetch, without a gateway", async () => {
  const baseUrl = on.upstreams.sound?.url ?? "";
  const tideover = createTideover({
    providers: { sound: { preset: "deepseek", baseUrl, apiKey: "sk-test", models: { "sim-chat": "sim-chat" } } },
    routes: [{ model: "sim-*", ladder: ["sound"] }],
  });
  const client = new Anthropic({ apiKey: "any", fetch: tideover.fetch });
  expect(textOf(await client.messages.create(asked))).toBe(expected().content);
  expect(textOf(await client.messages.stream(asked).finalMessage())).toBe(expected().content);
});

describe.concurrent("thinking", () => {
  const { reasoning, content } = expected({ thinking: { type: "enabled" } });
  const thinking = { type: "enabled", budget_tokens: 1_024 } as const;

  test.each([false, true])("before the text, streamed: %s", async (stream) => {
    const { messages } = clientOf(on);
    const request = { ...asked, thinking };
    const message = stream ? await messages.stream(request).finalMessage() : await messages.create(request);
    expect(message.content).toMatchObject([
      { type: "thinking", thinking: reasoning, signature: expect.stringMatching(/\S/) },
      { type: "text", text: content },
    ]);
    expect(reasoning?.length).toBeGreaterThan(10);
  });
});

describe.concurrent("tools", () => {
  const [call] = expected({ tools: [TOOL] as never }).toolCalls;

  test.each([false, true])("over two turns, streamed: %s", async (stream) => {
    const { messages } = clientOf(on);
    const turn = (history: Anthropic.MessageParam[]) => {
      const request = { ...asked, messages: history, tools: [tool] };
      return stream ? messages.stream(request).finalMessage() : messages.create(request);
    };
    const first = await turn(question);
    expect(first.stop_reason).toBe("tool_use");
    const uses = first.content.filter((block) => block.type === "tool_use");
    expect(uses).toMatchObject([{ id: call?.id, name: call?.name, input: JSON.parse(call?.arguments ?? "") }]);

    const second = await turn([
      ...question,
      { role: "assistant", content: first.content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: call?.id ?? "", content: TOOL_RESULT }] },
    ]);
    expect(second.stop_reason).toBe("end_turn");
    expect(textOf(second)).not.toBe("");
  });

  test.each([false, true])("the client's own agent loop, with thinking, streamed: %s", async (stream) => {
    const inputs: unknown[] = [];
    const run = clientOf(on).beta.messages.toolRunner({
      ...asked,
      thinking: { type: "enabled", budget_tokens: 1_024 },
      stream,
      max_iterations: 4,
      tools: [
        {
          type: "custom",
          name: tool.name,
          input_schema: TOOL_PARAMETERS as never,
          parse: (input: unknown) => input,
          run: (input: unknown) => {
            inputs.push(input);
            return TOOL_RESULT;
          },
        },
      ],
    } as never);
    const message = await run.runUntilDone();
    expect(inputs).toEqual([JSON.parse(call?.arguments ?? "")]);
    expect(message.stop_reason).toBe("end_turn");
  });
});

describe("a client that leaves", () => {
  const request = { model: "slow-chat", max_tokens: 4_096, messages: asking(LONG_QUESTION) as never };

  test("in the middle of a stream: the upstream request ends at once", async () => {
    await using alone = await clientStage();
    const stream = clientOf(alone).messages.stream(request);
    const ended = stream.done().catch((error: unknown) => error);
    let deltas = 0;
    stream.on("text", () => {
      if (++deltas === 8) stream.abort();
    });
    expect(await ended).toBeInstanceOf(Anthropic.APIUserAbortError);
    await promptly("no upstream request in flight", () => upstreamInFlight(alone) === 0);
    expect(alone.upstreams.slow?.model.counters.abortedByCaller).toBe(1);
  });
});

describe("errors", () => {
  const create = (stage: Stage, model: string, more: object = {}) =>
    clientOf(stage)
      .messages.create({ ...asked, model, ...more } as Request)
      .then(
        () => expect.fail("an error was expected"),
        (error: unknown) => error as InstanceType<typeof Anthropic.APIError>,
      );

  test.each([false, true])("an unknown model is a 404 in Anthropic's form, streamed: %s", async (stream) => {
    const error = await create(on, "claude-nothing", { stream });
    expect(error).toBeInstanceOf(Anthropic.NotFoundError);
    expect(error.type).toBe("not_found_error");
    expect(error.error).toMatchObject({ type: "error", error: { code: "unknown_model" } });
    expect(error.requestID).toMatch(/\S/);
  });

  test("a request that chat cannot express names the place", async () => {
    const error = await create(on, "sim-chat", { tools: [{ type: "web_search_20250305", name: "web_search" }] });
    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect(error.error).toMatchObject({ error: { code: "invalid_request", param: "tools[0]" } });
  });

  test.each([false, true])("the provider's own 400 comes through, streamed: %s", async (stream) => {
    const error = await create(on, "fault-context-length", { stream });
    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect(error.type).toBe("invalid_request_error");
    expect(error.message).toContain("maximum context length");
  });

  test.each([false, true])("503 is not sent again by the client, streamed: %s", async (stream) => {
    await using alone = await clientStage();
    const error = await create(alone, "fault-503", { stream });
    expect(error.status).toBe(503);
    expect(error.type).toBe("overloaded_error");
    expect(error.headers?.get("x-should-retry")).toBe("false");
    expect(alone.upstreams.faulty?.model.counters.requests).toBe(1);
  });

  test.each(["cut", "stall", "error-in-stream"])("a stream with %s ends in an error, never whole", async (fault) => {
    const stream = clientOf(on).messages.stream({ ...asked, model: `fault-${fault}` });
    let text = "";
    const types: string[] = [];
    stream.on("text", (piece) => {
      text += piece;
    });
    stream.on("streamEvent", ({ type }) => types.push(type));
    const error = await stream.finalMessage().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect((error as InstanceType<typeof Anthropic.APIError>).error).toMatchObject({
      error: { code: "stream_interrupted" },
    });
    expect(types).not.toContain("message_stop");
    expect(text).not.toBe("");
    expect(expected().content.startsWith(text)).toBe(true);
  });
});
