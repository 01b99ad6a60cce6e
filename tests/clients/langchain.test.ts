import { AIMessage, type AIMessageChunk, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  answerTo,
  clientStage,
  LONG_QUESTION,
  QUESTION,
  TOOL,
  TOOL_PARAMETERS,
  TOOL_RESULT,
} from "../harness/client-stage.ts";
import { promptly, upstreamInFlight } from "../harness/promptly.ts";
import type { Stage } from "../harness/stage.ts";

let on: Stage;
const modelOf = (stage: Stage, model: string, more: object = {}) =>
  new ChatOpenAI({ model, apiKey: "any", configuration: { baseURL: `${stage.url}/v1` }, ...more });

beforeAll(async () => {
  on = await clientStage();
});
afterAll(() => on[Symbol.asyncDispose]());

async function gathered(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  let whole: AIMessageChunk | undefined;
  for await (const chunk of stream) whole = whole === undefined ? chunk : whole.concat(chunk);
  if (whole === undefined) throw new Error("The stream held no message.");
  return whole;
}

describe.concurrent("answers", () => {
  test("plain", async () => {
    const message = await modelOf(on, "sim-chat").invoke(QUESTION);
    expect(message.content).toBe(answerTo(QUESTION).content);
    expect(message.response_metadata.finish_reason).toBe("stop");
    expect(message.usage_metadata).toMatchObject({ output_tokens: answerTo(QUESTION).tokens });
  });

  test("streamed, with usage", async () => {
    const message = await gathered(await modelOf(on, "sim-chat").stream(QUESTION));
    expect(message.content).toBe(answerTo(QUESTION).content);
    expect(message.usage_metadata).toMatchObject({ output_tokens: answerTo(QUESTION).tokens });
  });

  test.each([false, true])("JSON mode, streamed: %s", async (stream) => {
    const asked = "Describe the harbour as json.";
    const format = { response_format: { type: "json_object" } } as const;
    const model = modelOf(on, "sim-chat").withConfig(format);
    const message = stream ? await gathered(await model.stream(asked)) : await model.invoke(asked);
    expect(message.content).toBe(answerTo(asked, format).content);
    expect(JSON.parse(message.content as string)).toHaveProperty("title");
  });

  test("structured output by a schema", async () => {
    const model = modelOf(on, "sim-chat").withStructuredOutput<{ city: string; days: number }>(TOOL_PARAMETERS, {
      name: "tide",
      method: "jsonSchema",
      strict: true,
    });
    const answer = await model.invoke(QUESTION);
    expect(answer.city).toEqual(expect.any(String));
    expect(answer.days).toBeGreaterThanOrEqual(1);
  });

  test.each([false, true])("DeepSeek's reasoning, streamed: %s", async (stream) => {
    const expected = answerTo(QUESTION, { model: "sim-reasoner" });
    const model = modelOf(on, "sim-reasoner");
    const message = stream ? await gathered(await model.stream(QUESTION)) : await model.invoke(QUESTION);
    expect(message.content).toBe(expected.content);
    expect(message.additional_kwargs.reasoning_content).toBe(expected.reasoning);
  });

  test("several at once", async () => {
    const questions = Array.from({ length: 10 }, (_, index) => `${QUESTION} (${index})`);
    const messages = await modelOf(on, "sim-chat").batch(questions);
    expect(messages.map((message) => message.content)).toEqual(questions.map((asked) => answerTo(asked).content));
  });
});

describe.concurrent("tool calls", () => {
  const [expected] = answerTo(QUESTION, { tools: [TOOL] as never }).toolCalls;
  const tideLevel = tool(() => TOOL_RESULT, {
    name: TOOL.function.name,
    description: TOOL.function.description,
    schema: TOOL_PARAMETERS,
  });

  test.each([false, true])("over two turns, streamed: %s", async (stream) => {
    const model = modelOf(on, "sim-chat").bindTools([tideLevel]);
    const turn = async (messages: (HumanMessage | AIMessage | ToolMessage)[]) =>
      stream ? await gathered(await model.stream(messages)) : await model.invoke(messages);
    const asked = new HumanMessage(QUESTION);
    const first = await turn([asked]);
    const [call] = first.tool_calls ?? [];
    expect(call).toMatchObject({ name: "tide_level", id: expected?.id, args: JSON.parse(expected?.arguments ?? "") });

    const answered = new AIMessage({ content: first.content as string, tool_calls: first.tool_calls ?? [] });
    const second = await turn([
      asked,
      answered,
      new ToolMessage({ content: TOOL_RESULT, tool_call_id: call?.id ?? "" }),
    ]);
    expect(second.tool_calls).toEqual([]);
    expect((second.content as string).length).toBeGreaterThan(20);
  });
});

describe("a client that leaves", () => {
  test.each(["break", "abort"])("in the middle of a stream, by %s: the upstream request ends at once", async (how) => {
    await using alone = await clientStage();
    const leaving = new AbortController();
    const stream = await modelOf(alone, "slow-chat").stream(LONG_QUESTION, { signal: leaving.signal });
    const read = async () => {
      let chunks = 0;
      for await (const _ of stream) {
        chunks++;
        if (chunks < 8) continue;
        if (how === "break") break;
        leaving.abort();
      }
    };
    if (how === "abort") await expect(read()).rejects.toThrow(/abort/i);
    else await read();
    await promptly("no upstream request in flight", () => upstreamInFlight(alone) === 0);
    expect(alone.upstreams.slow?.model.counters.abortedByCaller).toBe(1);
  });
});

describe("errors", () => {
  /** `maxRetries: 0`: LangChain's own retries, on top of OpenAI's client, know nothing of `x-should-retry`. */
  const failing = async (stage: Stage, model: string, stream: boolean) => {
    const client = modelOf(stage, model, { maxRetries: 0 });
    const run = async () => (stream ? await gathered(await client.stream(QUESTION)) : await client.invoke(QUESTION));
    return run().then(
      () => expect.fail("an error was expected"),
      (error: unknown) => error as Error & { readonly status?: number; readonly code?: string },
    );
  };

  test.each([false, true])("an unknown model is a 404 with a code, streamed: %s", async (stream) => {
    const error = await failing(on, "gpt-nothing", stream);
    expect(error.status).toBe(404);
    expect(error.code).toBe("unknown_model");
  });

  test.each([false, true])(
    "the provider's own 400 is recognised as a context overflow, streamed: %s",
    async (stream) => {
      const error = await failing(on, "fault-context-length", stream);
      expect(error.name).toBe("ContextOverflowError");
      expect(error.message).toContain("maximum context length");
    },
  );

  test.each([false, true])("503 names its code and reaches the provider once, streamed: %s", async (stream) => {
    await using alone = await clientStage();
    const error = await failing(alone, "fault-503", stream);
    expect(error.status).toBe(503);
    expect(error.code).toBe("ladder_exhausted");
    expect(alone.upstreams.faulty?.model.counters.requests).toBe(1);
  });

  test.each(["cut", "stall", "error-in-stream"])(
    "a stream with %s ends in an error, not as if it were whole",
    async (fault) => {
      const error = await failing(on, `fault-${fault}`, true);
      expect(error.code).toBe("stream_interrupted");
    },
  );
});

test("embeddings", async () => {
  const embeddings = new OpenAIEmbeddings({
    model: "sim-embeddings",
    apiKey: "any",
    configuration: { baseURL: `${on.url}/v1` },
  });
  const vector = await embeddings.embedQuery(QUESTION);
  expect(vector.length).toBe(64);
});
