import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerTo, QUESTION, TOOL, TOOL_PARAMETERS, TOOL_RESULT } from "../harness/client-stage.ts";
import { FAST, type Stage, stage } from "../harness/stage.ts";

/** Faults of the first provider that strike before its first token, and those that cut the answer after it. */
const BEFORE = ["503", "422", "reset", "empty", "silence"];
const AFTER = ["cut", "stall", "error-in-stream"];

let on: Stage;
let client: Anthropic;

beforeAll(async () => {
  on = await stage({
    upstreams: { faulty: FAST, healthy: FAST, refusing: FAST },
    providers: {
      refusing: { models: { alone: "fault-422" } },
      faulty: { breaker: "off" },
      healthy: { breaker: "off", models: { "*": "sim-chat" } },
    },
    routes: [
      { name: "alone", model: "alone", ladder: ["refusing"] },
      {
        name: "copy",
        model: "copy-*",
        ladder: ["healthy", "stale"],
        cache: { fresh: "1h", stale: "1d", when: "always" },
      },
      { name: "last", model: "fault-500", ladder: ["faulty", { template: { text: "We are looking into it." } }] },
      {
        name: "pair",
        model: "*",
        firstToken: "400ms",
        gap: "300ms",
        deadline: "10s",
        retry: { budget: "off" },
        ladder: ["faulty", "healthy"],
      },
    ],
  });
  client = new Anthropic({ baseURL: on.url, apiKey: "any", maxRetries: 0 });
});
afterAll(() => on[Symbol.asyncDispose]());

const LIMIT = { max_tokens: 4_096 };
const messages: Anthropic.MessageParam[] = [{ role: "user", content: QUESTION }];
const thinking = { type: "enabled", budget_tokens: 1_024 } as const;
const whole = answerTo(QUESTION, LIMIT);
const thought = answerTo(QUESTION, { ...LIMIT, thinking: { type: "enabled" } });
const tool: Anthropic.Tool = { name: TOOL.function.name, input_schema: TOOL_PARAMETERS as never };

function textOf({ content }: Pick<Anthropic.Message, "content">): string {
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

/** The account of an answer, where the stream's or the document's last word has it. */
interface Told {
  readonly tideover?: {
    readonly attempts: readonly { outcome: string }[];
    readonly seams: readonly { mode: string }[];
  };
}

async function ask(request: Anthropic.MessageCreateParamsNonStreaming, streamed: boolean) {
  if (!streamed) {
    const message = await client.messages.create(request);
    return { message, told: (message as Told).tideover };
  }
  const stream = client.messages.stream(request);
  let told: Told["tideover"];
  stream.on("streamEvent", (event) => {
    if (event.type === "message_delta") told = (event as Told).tideover;
  });
  return { message: await stream.finalMessage(), told };
}

describe.concurrent.each([...BEFORE, ...AFTER])("a provider with %s before a sound one", (fault) => {
  const model = `fault-${fault}`;

  test.each([false, true])("the answer is whole, streamed: %s", async (streamed) => {
    const { message, told } = await ask({ model, ...LIMIT, messages }, streamed);
    expect(textOf(message)).toBe(whole.content);
    expect(message.stop_reason).toBe("end_turn");
    expect(told?.attempts.length).toBeGreaterThan(1);
    expect(told?.attempts.at(-1)?.outcome).toBe("answered");
    expect(told?.seams).toHaveLength(AFTER.includes(fault) ? 1 : 0);
  });

  test.each([false, true])("so is its thinking, streamed: %s", async (streamed) => {
    const { message } = await ask({ model, ...LIMIT, messages, thinking }, streamed);
    expect(message.content).toMatchObject([
      { type: "thinking", thinking: thought.reasoning },
      { type: "text", text: thought.content },
    ]);
  });
});

describe.concurrent.each(BEFORE)("agents over a provider with %s before a sound one", (fault) => {
  const model = `fault-${fault}`;

  test("the client's own loop", async () => {
    let runs = 0;
    const run = client.beta.messages.toolRunner({
      model,
      ...LIMIT,
      messages,
      thinking,
      stream: true,
      max_iterations: 4,
      tools: [
        {
          type: "custom",
          name: tool.name,
          input_schema: tool.input_schema as never,
          parse: (input: unknown) => input,
          run: () => {
            runs++;
            return TOOL_RESULT;
          },
        },
      ],
    } as never);
    expect((await run.runUntilDone()).stop_reason).toBe("end_turn");
    expect(runs).toBe(1);
  });

  test("a conversation of several questions, each with a call, all of it sent back each time", async () => {
    const history: Anthropic.MessageParam[] = [];
    for (const day of ["today", "tomorrow", "on Sunday"]) {
      history.push({ role: "user", content: `How high is the tide in Qingdao 青岛 ${day}?` });
      const first = await client.messages.stream({ model, ...LIMIT, messages: history, tools: [tool] }).finalMessage();
      const uses = first.content.filter((block) => block.type === "tool_use");
      expect(uses).toHaveLength(1);
      expect(uses[0]?.input).toMatchObject({ city: expect.any(String), days: expect.any(Number) });
      const results = uses.map(({ id }) => ({ type: "tool_result" as const, tool_use_id: id, content: TOOL_RESULT }));
      history.push({ role: "assistant", content: first.content }, { role: "user", content: results });
      const second = await client.messages.stream({ model, ...LIMIT, messages: history, tools: [tool] }).finalMessage();
      expect(second.stop_reason).toBe("end_turn");
      expect(textOf(second)).not.toBe("");
      history.push({ role: "assistant", content: second.content });
    }
  });
});

test("what every provider refuses is the caller's to mend, with the status and the reason", async () => {
  const refused = client.messages.create({ model: "alone", ...LIMIT, messages });
  await expect(refused).rejects.toMatchObject({
    status: 422,
    error: { error: { type: "invalid_request_error", message: expect.stringContaining("refusing answered 422") } },
  });
});

test("a copy is told as one, streamed or not", async () => {
  const request = { model: "copy-1", ...LIMIT, messages };
  await client.messages.create(request);
  const { data, response } = await client.messages.create(request).withResponse();
  expect(response.headers.get("tideover-rung")).toBe("cache");
  expect(textOf(data)).toBe(whole.content);
  const { message, told } = await ask(request, true);
  expect(textOf(message)).toBe(whole.content);
  expect(told).toMatchObject({ rung: "cache", degraded: false });
});

test.each([false, true])("a template answers last, degraded, streamed: %s", async (streamed) => {
  const { message, told } = await ask({ model: "fault-500", ...LIMIT, messages }, streamed);
  expect(textOf(message)).toBe("We are looking into it.");
  expect(told).toMatchObject({ rung: "template", degraded: true });
});
