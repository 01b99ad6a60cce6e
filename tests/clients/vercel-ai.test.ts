import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, generateText, isStepCount, jsonSchema, Output, streamText, type ToolSet, tool } from "ai";
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
const providerOf = (stage: Stage) =>
  createOpenAICompatible({ name: "tideover", baseURL: `${stage.url}/v1`, apiKey: "any", includeUsage: true });

beforeAll(async () => {
  on = await clientStage();
});
afterAll(() => on[Symbol.asyncDispose]());

/** Collects what the client calls errors; it would otherwise write them to the console. */
function quietly(): { readonly errors: unknown[]; readonly onError: (event: { error: unknown }) => void } {
  const errors: unknown[] = [];
  return { errors, onError: ({ error }) => void errors.push(error) };
}

describe.concurrent("answers", () => {
  test("plain", async () => {
    const { text, finishReason, usage } = await generateText({ model: providerOf(on)("sim-chat"), prompt: QUESTION });
    expect(text).toBe(answerTo(QUESTION).content);
    expect(finishReason).toBe("stop");
    expect(usage.outputTokens).toBe(answerTo(QUESTION).tokens);
  });

  test("streamed, with usage", async () => {
    const result = streamText({ model: providerOf(on)("sim-chat"), prompt: QUESTION });
    let text = "";
    for await (const delta of result.textStream) text += delta;
    expect(text).toBe(answerTo(QUESTION).content);
    expect(await result.finishReason).toBe("stop");
    expect((await result.usage).outputTokens).toBe(answerTo(QUESTION).tokens);
  });

  test.each([false, true])("JSON mode, streamed: %s", async (stream) => {
    const asked = "Describe the harbour as json.";
    const request = { model: providerOf(on)("sim-chat"), prompt: asked, output: Output.json() };
    const output = stream ? await streamText(request).output : (await generateText(request)).output;
    const format = { response_format: { type: "json_object" } };
    expect(output).toEqual(JSON.parse(answerTo(asked, format).content));
  });

  test("structured output by a schema", async () => {
    const model = createOpenAICompatible({
      name: "tideover",
      baseURL: `${on.url}/v1`,
      apiKey: "any",
      supportsStructuredOutputs: true,
    })("sim-chat");
    const schema = jsonSchema<{ city: string; days: number }>(TOOL_PARAMETERS as never);
    const { output } = await generateText({ model, prompt: QUESTION, output: Output.object({ schema }) });
    expect(output.city).toEqual(expect.any(String));
    expect(output.days).toBeGreaterThanOrEqual(1);
    expect(output.days).toBeLessThanOrEqual(7);
  });

  test.each([false, true])("DeepSeek's reasoning, streamed: %s", async (stream) => {
    const expected = answerTo(QUESTION, { model: "sim-reasoner" });
    const request = { model: providerOf(on)("sim-reasoner"), prompt: QUESTION };
    const result = stream ? streamText(request) : await generateText(request);
    expect(await result.text).toBe(expected.content);
    expect(await result.reasoningText).toBe(expected.reasoning);
  });
});

describe.concurrent("tool calls", () => {
  const [expected] = answerTo(QUESTION, { tools: [TOOL] as never }).toolCalls;

  test.each([false, true])("the client's own loop over two steps, streamed: %s", async (stream) => {
    const asked: unknown[] = [];
    const tools: ToolSet = {
      tide_level: tool({
        description: TOOL.function.description,
        inputSchema: jsonSchema(TOOL_PARAMETERS as never),
        execute: (input: unknown) => {
          asked.push(input);
          return JSON.parse(TOOL_RESULT);
        },
      }),
    };
    const request = { model: providerOf(on)("sim-chat"), prompt: QUESTION, tools, stopWhen: isStepCount(3) };
    const result = stream ? streamText(request) : await generateText(request);
    const text = await result.text;
    const steps = await result.steps;
    expect(asked).toEqual([JSON.parse(expected?.arguments ?? "")]);
    expect(steps.map((step) => step.finishReason)).toEqual(["tool-calls", "stop"]);
    expect(steps[0]?.toolCalls[0]?.toolCallId).toBe(expected?.id);
    expect(text.length).toBeGreaterThan(20);
  });
});

describe("a client that leaves", () => {
  test("in the middle of a stream: the upstream request ends at once", async () => {
    await using alone = await clientStage();
    const leaving = new AbortController();
    const { errors, onError } = quietly();
    const { textStream } = streamText({
      model: providerOf(alone)("slow-chat"),
      prompt: LONG_QUESTION,
      abortSignal: leaving.signal,
      onError,
    });
    let deltas = 0;
    for await (const _ of textStream) {
      deltas++;
      if (deltas === 8) leaving.abort();
    }
    expect(deltas).toBeLessThan(100);
    await promptly("no upstream request in flight", () => upstreamInFlight(alone) === 0);
    expect(alone.upstreams.slow?.model.counters.abortedByCaller).toBe(1);
    expect(errors).toEqual([]);
  });
});

describe("errors", () => {
  /** `maxRetries: 0`: unlike OpenAI's, this client heeds no `x-should-retry`, and would wait the Retry-After out. */
  const failing = async (stage: Stage, model: string, stream: boolean): Promise<APICallError> => {
    const request = { model: providerOf(stage)(model), prompt: QUESTION, maxRetries: 0 };
    const { errors, onError } = quietly();
    if (stream) await streamText({ ...request, onError }).consumeStream();
    else await generateText(request).catch((error: unknown) => errors.push(error));
    expect(errors).toHaveLength(1);
    const [error] = errors;
    if (!APICallError.isInstance(error)) throw new Error("an APICallError was expected", { cause: error });
    return error;
  };
  const codeOf = ({ data }: APICallError) => (data as { error?: { code?: string } }).error?.code;

  test.each([false, true])("an unknown model is a 404 with a code, streamed: %s", async (stream) => {
    const error = await failing(on, "gpt-nothing", stream);
    expect(error.statusCode).toBe(404);
    expect(codeOf(error)).toBe("unknown_model");
    expect(error.isRetryable).toBe(false);
  });

  test.each([false, true])("the provider's own 400 comes through, streamed: %s", async (stream) => {
    const error = await failing(on, "fault-context-length", stream);
    expect(error.statusCode).toBe(400);
    expect(error.message).toContain("maximum context length");
  });

  test.each([false, true])("503 names its code, streamed: %s", async (stream) => {
    const error = await failing(on, "fault-503", stream);
    expect(error.statusCode).toBe(503);
    expect(codeOf(error)).toBe("ladder_exhausted");
    expect(error.responseHeaders?.["retry-after"]).toMatch(/^\d+$/);
  });

  test.each(["cut", "stall", "error-in-stream"])(
    "a stream with %s ends in an error, not as if it were whole",
    async (fault) => {
      const { errors, onError } = quietly();
      const { fullStream } = streamText({
        model: providerOf(on)(`fault-${fault}`),
        prompt: QUESTION,
        maxRetries: 0,
        onError,
      });
      let text = "";
      const finishes: string[] = [];
      for await (const part of fullStream) {
        if (part.type === "text-delta") text += part.text;
        if (part.type === "finish") finishes.push(part.finishReason);
      }
      expect(errors).toMatchObject([{ code: "stream_interrupted" }]);
      expect(finishes).not.toContain("stop");
      expect(text).not.toBe("");
      expect(answerTo(QUESTION).content.startsWith(text)).toBe(true);
    },
  );
});
