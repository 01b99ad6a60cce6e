import OpenAI from "openai";
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

type Message = OpenAI.ChatCompletionMessageParam;

let on: Stage;
const clientOf = (stage: Stage) => new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: "any" });

beforeAll(async () => {
  on = await clientStage();
});
afterAll(() => on[Symbol.asyncDispose]());

const question: Message[] = [{ role: "user", content: QUESTION }];

async function textOf(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  return text;
}

describe.concurrent("answers", () => {
  test("plain", async () => {
    const answer = await clientOf(on).chat.completions.create({ model: "sim-chat", messages: question });
    expect(answer.object).toBe("chat.completion");
    expect(answer.choices[0]?.message.content).toBe(answerTo(QUESTION).content);
    expect(answer.choices[0]?.finish_reason).toBe("stop");
    expect(answer.usage?.completion_tokens).toBe(answerTo(QUESTION).tokens);
  });

  test("streamed, with usage", async () => {
    const stream = await clientOf(on).chat.completions.create({
      model: "sim-chat",
      messages: question,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let usage: OpenAI.CompletionUsage | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(answerTo(QUESTION).content);
    expect(usage?.completion_tokens).toBe(answerTo(QUESTION).tokens);
  });

  test("streamed through the client's own accumulator", async () => {
    const stream = clientOf(on).chat.completions.stream({ model: "sim-chat", messages: question });
    const answer = await stream.finalChatCompletion();
    expect(answer.choices[0]?.message.content).toBe(answerTo(QUESTION).content);
    expect(answer.choices[0]?.finish_reason).toBe("stop");
  });

  test("JSON mode, plain and streamed", async () => {
    const asked = "Describe the harbour as json.";
    const format = { response_format: { type: "json_object" } } as const;
    const request = { model: "sim-chat", messages: [{ role: "user", content: asked }] satisfies Message[], ...format };
    const expected = answerTo(asked, format).content;
    const plain = await clientOf(on).chat.completions.create(request);
    expect(plain.choices[0]?.message.content).toBe(expected);
    expect(JSON.parse(expected)).toHaveProperty("title");
    expect(await textOf(await clientOf(on).chat.completions.create({ ...request, stream: true }))).toBe(expected);
  });

  test("a response's headers tell where the answer came from", async () => {
    const { response } = await clientOf(on)
      .chat.completions.create({ model: "sim-chat", messages: question })
      .withResponse();
    expect(response.headers.get("tideover-rung")).toBe("live");
    expect(response.headers.get("tideover-provider")).toBe("sound");
  });

  test("the models are listed", async () => {
    const ids: string[] = [];
    for await (const model of clientOf(on).models.list()) ids.push(model.id);
    expect(ids).toEqual(["sim-chat", "sim-reasoner"]);
  });
});

describe.concurrent("tool calls", () => {
  const expected = answerTo(QUESTION, { tools: [TOOL] as never }).toolCalls;

  test.each([false, true])("over two turns, streamed: %s", async (stream) => {
    const completions = clientOf(on).chat.completions;
    const turn = async (messages: Message[]) => {
      const request = { model: "sim-chat", messages, tools: [TOOL as OpenAI.ChatCompletionTool] };
      const answer = stream
        ? await completions.stream(request).finalChatCompletion()
        : await completions.create(request);
      return answer.choices[0];
    };
    const first = await turn(question);
    expect(first?.finish_reason).toBe("tool_calls");
    const calls = (first?.message.tool_calls ?? []).filter((call) => call.type === "function");
    expect(calls.map(({ id, function: { name, arguments: text } }) => ({ id, name, arguments: text }))).toEqual(
      expected,
    );

    const [call] = expected;
    const history: Message[] = [
      ...question,
      first?.message as OpenAI.ChatCompletionAssistantMessageParam,
      { role: "tool", tool_call_id: call?.id ?? "", content: TOOL_RESULT },
    ];
    const second = await turn(history);
    expect(second?.finish_reason).toBe("stop");
    expect(second?.message.content).toBe(
      answerTo(QUESTION, { messages: history as never, tools: [TOOL] as never }).content,
    );
    expect(second?.message.content).not.toBe("");
  });

  test("the client's own tool loop", async () => {
    const asked: unknown[] = [];
    const run = clientOf(on).chat.completions.runTools({
      model: "sim-chat",
      messages: question,
      stream: true,
      tools: [
        {
          type: "function",
          function: {
            name: TOOL.function.name,
            description: TOOL.function.description,
            parameters: TOOL_PARAMETERS as never,
            parse: (text: string): object => JSON.parse(text),
            function: (parameters: object) => {
              asked.push(parameters);
              return TOOL_RESULT;
            },
          },
        },
      ],
    });
    const content = await run.finalContent();
    expect(asked).toEqual([JSON.parse(expected[0]?.arguments ?? "")]);
    expect(content?.length).toBeGreaterThan(20);
  });
});

describe.concurrent("DeepSeek's reasoning", () => {
  const { reasoning, content } = answerTo(QUESTION, { model: "sim-reasoner" });

  test("plain", async () => {
    const answer = await clientOf(on).chat.completions.create({ model: "sim-reasoner", messages: question });
    expect(answer.choices[0]?.message).toMatchObject({ content, reasoning_content: reasoning });
    expect(reasoning?.length).toBeGreaterThan(10);
  });

  test("streamed: all of the reasoning before the first content", async () => {
    const stream = await clientOf(on).chat.completions.create({
      model: "sim-reasoner",
      messages: question,
      stream: true,
    });
    let thought = "";
    let text = "";
    for await (const chunk of stream) {
      const delta = chunk.choices[0]?.delta as { reasoning_content?: string | null; content?: string | null };
      if (delta?.reasoning_content) {
        expect(text).toBe("");
        thought += delta.reasoning_content;
      }
      text += delta?.content ?? "";
    }
    expect(thought).toBe(reasoning);
    expect(text).toBe(content);
  });

  test("asked for by the field `thinking`", async () => {
    const request = { model: "sim-chat", messages: question, thinking: { type: "enabled" } };
    const answer = await clientOf(on).chat.completions.create(request);
    expect(answer.choices[0]?.message).toMatchObject({ content, reasoning_content: reasoning });
  });
});

describe("a client that leaves", () => {
  const request = { model: "slow-chat", messages: asking(LONG_QUESTION) as never } as const;

  test.each(["break", "abort"])("in the middle of a stream, by %s: the upstream request ends at once", async (how) => {
    await using alone = await clientStage();
    const leaving = new AbortController();
    const stream = await clientOf(alone).chat.completions.create(
      { ...request, stream: true },
      { signal: leaving.signal },
    );
    let chunks = 0;
    for await (const _ of stream) {
      chunks++;
      if (chunks < 8) continue;
      expect(upstreamInFlight(alone)).toBe(1);
      if (how === "break") break;
      leaving.abort();
    }
    await promptly("no upstream request in flight", () => upstreamInFlight(alone) === 0);
    expect(alone.upstreams.slow?.model.counters.abortedByCaller).toBe(1);
  });

  test("while it waits for a whole answer", async () => {
    await using alone = await clientStage();
    const leaving = new AbortController();
    const answer = clientOf(alone).chat.completions.create(request, { signal: leaving.signal });
    const refused = expect(answer).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await promptly("the upstream request to begin", () => upstreamInFlight(alone) === 1, 2_000);
    leaving.abort();
    await refused;
    await promptly("no upstream request in flight", () => upstreamInFlight(alone) === 0);
  });
});

describe("errors", () => {
  const create = (stage: Stage, model: string, stream = false) =>
    clientOf(stage)
      .chat.completions.create({ model, messages: question, stream })
      .then(
        () => expect.fail("an error was expected"),
        (error: unknown) => error as InstanceType<typeof OpenAI.APIError>,
      );

  test.each([false, true])("an unknown model is a 404 with a code, streamed: %s", async (stream) => {
    const error = await create(on, "gpt-nothing", stream);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error.code).toBe("unknown_model");
    expect(error.param).toBe("model");
    expect(error.requestID).toMatch(/\S/);
  });

  test.each([false, true])("the provider's own 400 comes through, after one attempt, streamed: %s", async (stream) => {
    const error = await create(on, "fault-context-length", stream);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error.message).toContain("maximum context length");
    expect(error.headers?.get("tideover-attempts")).toBe("1");
  });

  test.each([false, true])(
    "503 names its code, and the client does not send it again, streamed: %s",
    async (stream) => {
      await using alone = await clientStage();
      const error = await create(alone, "fault-503", stream);
      expect(error).toBeInstanceOf(OpenAI.InternalServerError);
      expect(error.status).toBe(503);
      expect(error.code).toBe("ladder_exhausted");
      expect(error.headers?.get("x-should-retry")).toBe("false");
      expect(alone.upstreams.faulty?.model.counters.requests).toBe(1);
    },
  );

  test.each(["cut", "stall", "error-in-stream"])(
    "a stream with %s ends in an error, not as if it were whole",
    async (fault) => {
      const stream = await clientOf(on).chat.completions.create({
        model: `fault-${fault}`,
        messages: question,
        stream: true,
      });
      let text = "";
      const read = async () => {
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
      };
      const error = await read().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(OpenAI.APIError);
      expect((error as InstanceType<typeof OpenAI.APIError>).code).toBe("stream_interrupted");
      expect(text).not.toBe("");
      expect(answerTo(QUESTION).content.startsWith(text)).toBe(true);
    },
  );
});
