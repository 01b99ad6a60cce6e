import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerTo, asking, clientStage, QUESTION, TOOL, TOOL_RESULT } from "../harness/client-stage.ts";
import { FAST, type Stage, stage } from "../harness/stage.ts";

// A provider that speaks Anthropic's Messages API, asked by OpenAI's client: another gateway, whose own Messages surface
// the official Anthropic client is tested against, stands before the simulated provider.

let far: Stage;
let near: Stage;
let client: OpenAI;

beforeAll(async () => {
  far = await clientStage();
  near = await stage({
    upstreams: { sound: FAST },
    providers: {
      claude: { preset: "anthropic", baseUrl: `${far.url}/v1`, apiKey: "sk-ant-0123456789", breaker: "off" },
      sound: { models: { "*": "sim-chat" } },
    },
    routes: [
      { name: "alone", model: "sim-*", ladder: ["claude"] },
      { name: "pair", model: "*", retry: { budget: "off" }, ladder: ["claude", "sound"] },
    ],
  });
  client = new OpenAI({ baseURL: `${near.url}/v1`, apiKey: "any", maxRetries: 0 });
});
afterAll(async () => {
  await near[Symbol.asyncDispose]();
  await far[Symbol.asyncDispose]();
});

type Body = OpenAI.ChatCompletionCreateParamsNonStreaming;
const LIMIT = { max_tokens: 4_096 };
const asked = { model: "sim-chat", messages: asking(QUESTION), ...LIMIT } as unknown as Body;

interface Told {
  readonly reasoning_content?: string;
  readonly tideover?: { readonly rung: string; readonly provider: string; readonly attempts: readonly object[] };
}

async function answer(body: Body, streamed: boolean) {
  if (!streamed) {
    const completion = await client.chat.completions.create(body);
    const [choice] = completion.choices;
    return {
      content: choice?.message.content,
      reasoning: (choice?.message as Told | undefined)?.reasoning_content ?? "",
      calls: choice?.message.tool_calls ?? [],
      finish: choice?.finish_reason,
      tokens: completion.usage?.completion_tokens,
      told: (completion as Told).tideover,
    };
  }
  const stream = await client.chat.completions.create({
    ...body,
    stream: true,
    stream_options: { include_usage: true },
  });
  let [content, reasoning, args, name, finish]: (string | undefined)[] = ["", "", "", undefined, undefined];
  let tokens: number | undefined;
  let told: Told["tideover"];
  for await (const chunk of stream) {
    const [choice] = chunk.choices;
    content += choice?.delta.content ?? "";
    reasoning += (choice?.delta as Told | undefined)?.reasoning_content ?? "";
    const [call] = choice?.delta.tool_calls ?? [];
    name ??= call?.function?.name;
    args += call?.function?.arguments ?? "";
    finish = choice?.finish_reason ?? finish;
    tokens = chunk.usage?.completion_tokens ?? tokens;
    told = (chunk as Told).tideover ?? told;
  }
  const calls = name === undefined ? [] : [{ function: { name, arguments: args } }];
  return { content, reasoning, calls, finish, tokens, told };
}

describe.each([
  ["streamed", true],
  ["unstreamed", false],
])("%s", (_how, streamed) => {
  test("a plain answer is the provider's, word for word, with its tokens", async () => {
    const expected = answerTo(QUESTION, LIMIT);
    expect(await answer(asked, streamed)).toMatchObject({
      content: expected.content,
      finish: "stop",
      tokens: expected.tokens,
      told: { rung: "live", provider: "claude" },
    });
  });

  test("thinking comes as reasoning", async () => {
    const thinking = { type: "enabled" };
    const expected = answerTo(QUESTION, { ...LIMIT, thinking });
    const got = await answer({ ...asked, thinking } as unknown as Body, streamed);
    expect(got).toMatchObject({ content: expected.content, reasoning: expected.reasoning });
    expect(got.reasoning).not.toBe("");
  });

  test("a loop of tools goes there and back", async () => {
    const tools = [TOOL] as unknown as OpenAI.ChatCompletionTool[];
    const first = await answer({ ...asked, tools, tool_choice: "required" }, streamed);
    expect(first.finish).toBe("tool_calls");
    const [call] = first.calls as [{ function: { name: string; arguments: string } }];
    expect(call.function.name).toBe(TOOL.function.name);
    expect(() => JSON.parse(call.function.arguments)).not.toThrow();
    const messages = [
      ...asked.messages,
      { role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", function: call.function }] },
      { role: "tool", tool_call_id: "call_1", content: TOOL_RESULT },
    ] as OpenAI.ChatCompletionMessageParam[];
    const second = await answer({ ...asked, messages, tools }, streamed);
    expect(second.finish).toBe("stop");
    expect(second.content).not.toBe("");
  });

  test.each(["503", "reset", "empty", "error-before-content"])(
    "%s there, and the next provider answers",
    async (fault) => {
      const got = await answer({ ...asked, model: `fault-${fault}` }, streamed);
      expect(got).toMatchObject({
        content: answerTo(QUESTION, LIMIT).content,
        told: { rung: "alternate", provider: "sound" },
      });
    },
  );

  test.each(["cut", "stall", "error-in-stream"])(
    "%s in the middle, and the rest comes from the next",
    async (fault) => {
      const got = await answer({ ...asked, model: `fault-${fault}` }, streamed);
      expect(got).toMatchObject({ content: answerTo(QUESTION, LIMIT).content, finish: "stop" });
    },
  );

  test("what Messages cannot express is asked of the next provider", async () => {
    const got = await answer({ ...asked, model: "other", seed: 7, n: 1, logprobs: true } as Body, streamed);
    expect(got.told).toMatchObject({ provider: "sound" });
  });
});

test("a model that the service does not have is asked of the next provider", async () => {
  expect(await answer({ ...asked, model: "no-such-model" }, true)).toMatchObject({
    content: answerTo(QUESTION, LIMIT).content,
    told: { provider: "sound" },
  });
});
