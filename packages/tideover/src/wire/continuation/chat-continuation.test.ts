import type { AnswerEvent, CallRequest } from "tideover/engine";
import { describe, expect, test } from "vitest";
import { eventFrom } from "../chat/chat-event.ts";
import {
  ask,
  chunk,
  contents,
  fitted,
  lastMessage,
  type PlanOptions,
  planAfter,
  requestOf,
  textOf,
  thoughts,
  user,
} from "./testing/chat-plan.ts";

describe("the request for the rest", () => {
  const shown = contents("One", " two", " three", " four", " five", " six");

  test("goes on from before the last pieces, as a stream, with fewer tokens", () => {
    const request = requestOf({ stream: false, max_tokens: 10, seed: 7 }, { stream: false });
    const plan = ask(planAfter(shown, { request }));
    expect(JSON.parse(new TextDecoder().decode(plan.request.bytes))).toEqual(plan.request.body);
    expect(lastMessage(plan)).toEqual({ role: "assistant", content: "One two three four", prefix: true });
    expect(plan.at).toBe(27);
    expect(plan.request).toMatchObject({ stream: true, body: { stream: true, seed: 7, max_tokens: 6 } });
    expect(plan.request.continuation).toEqual({ restart: false, instruct: undefined });
  });

  test("both names of the limit are reduced; the provider's count comes before ours", () => {
    const request = requestOf({ max_tokens: 100, max_completion_tokens: 90 });
    const counted = chunk({ content: " seven" }, { usage: { prompt_tokens: 5, completion_tokens: 14 } });
    // Of the 14 tokens the two pieces that come again are not spent yet.
    expect(ask(planAfter([...shown, counted], { request })).request.body).toMatchObject({
      max_tokens: 78,
      max_completion_tokens: 78,
    });
  });

  test("a spent limit needs no request, only the finish", () => {
    const plan = planAfter(shown, { request: requestOf({ max_tokens: 6 }) });
    expect(plan).toMatchObject({ type: "finish", events: [{ finishReason: "length", json: { id: "first" } }] });
  });

  test("brings the reasoning along, and goes on from the caller's own beginning", () => {
    expect(lastMessage(planAfter([...thoughts("Hm", "m"), ...shown]))).toMatchObject({
      content: "One two three four",
      reasoning_content: "Hmm",
    });
    const begun = { role: "assistant", content: "Zero. ", prefix: true };
    const plan = planAfter(shown, { request: requestOf({ messages: [user, begun] }) });
    expect(lastMessage(plan).content).toBe("Zero. One two three four");
    expect(ask(plan)).toMatchObject({ at: 27, request: { continuation: { restart: false } } });
    expect(ask(plan).request.body.messages).toHaveLength(2);
  });

  test("where the text ends as it begins, more comes again, so that an answer begun anew is known", () => {
    const plan = planAfter(contents("repeat", " now", " the", " tide", " repeat", " now"));
    expect(fitted(plan, contents("repeat now", " something else"))).toBeUndefined();
    const rest = "repeat now the tide repeat now and then".slice(String(lastMessage(plan).content).length);
    expect(fitted(plan, contents(rest))?.content).toBe(" and then");
    // Nothing but repetition: it is begun anew and compared from its beginning.
    expect(lastMessage(planAfter(contents(..."-".repeat(100)))).content).toBe("");
  });

  test("from little text there is nothing to go on: an answer begun anew is compared", () => {
    const plan = planAfter(contents("One", " two"));
    expect(lastMessage(plan).content).toBe("");
    expect(ask(plan).request.continuation?.restart).toBe(true);
    expect(fitted(plan, contents("One two three"), "restart")).toMatchObject({ content: " three", mode: "restart" });
    expect(fitted(plan, contents("Two"), "restart")).toBeUndefined();
    // Nobody has seen it: the layer may begin anew without comparing.
    expect(planAfter(contents("One", " two"), { request: requestOf({}, { stream: false }) })).toMatchObject({
      type: "refuse",
    });
  });

  test.each<[string, CallRequest]>([
    ["several choices", requestOf({ n: 2 })],
    ["log probabilities", requestOf({ logprobs: true })],
    ["a text completion", requestOf({ prompt: "x" }, { operation: "completions" })],
    ["an assistant's last word", requestOf({ messages: [user, { role: "assistant", content: "Once" }] })],
  ])("%s: nothing is even kept", (_what, request) => {
    expect(planAfter(shown, { request })).toBeUndefined();
  });

  test.each<[string, AnswerEvent[]]>([
    [
      "a tool call",
      [...shown, chunk({ tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: "{" } }] })],
    ],
    ["a function call", [chunk({ function_call: { name: "f", arguments: "{" } })]],
    ["a refusal", [chunk({ refusal: "No" })]],
    ["parts", [chunk({ content: [{ type: "text", text: "One" }] })]],
    ["a finish", [...shown, chunk({}, { finish: "stop" })]],
    ["nothing", [chunk({ role: "assistant" })]],
  ])("%s was begun: it is refused", (_what, events) => {
    expect(planAfter(events)).toMatchObject({ type: "refuse" });
  });
});

describe("fitting", () => {
  const shown = contents("One", " two", " three", " four", " five", " six");
  const plan = () => planAfter([chunk({ role: "assistant", content: "" }), ...shown]);

  test("the rest has the identity of the beginning, no role, and no reasoning", () => {
    const rest = [
      chunk({ role: "assistant", content: "" }, { id: "second" }),
      chunk({ content: null, reasoning_content: "Let me think again" }, { id: "second" }),
      chunk({ role: "assistant", content: " five six se" }, { id: "second" }),
      chunk({ content: "ven", reasoning_content: "hm" }, { id: "second" }),
      chunk({ content: "" }, { id: "second", finish: "stop" }),
    ];
    const { seen = [], content } = fitted(plan(), rest) ?? {};
    expect(content).toBe(" seven");
    expect(seen.map(({ json }) => [json.id, json.model])).toEqual(seen.map(() => ["first", "model-first"]));
    expect(JSON.stringify(seen.map(({ json }) => json))).not.toMatch(/role|think|hm/);
    expect(seen.at(-1)?.finishReason).toBe("stop");
  });

  test("a rest that comes as one document is taken apart", () => {
    const message = { role: "assistant", content: " five six seven" };
    const whole = eventFrom({ id: "second", choices: [{ index: 0, message, finish_reason: "stop" }] }, true);
    expect(fitted(plan(), [whole])).toMatchObject({ content: " seven" });
  });

  test("only the end was missing", () => {
    const { seen } = fitted(plan(), [...contents(" five", " six"), chunk({}, { finish: "stop" })]) ?? {};
    expect(seen?.map(({ json }) => textOf([eventFrom(json, false)], "content"))).toEqual([""]);
  });

  test.each<[string, AnswerEvent[]]>([
    ["stops at once", [chunk({ content: "" }, { finish: "stop" })]],
    ["stops within what was shown", [...contents(" five"), chunk({}, { finish: "stop" })]],
    ["calls a tool instead", [chunk({ tool_calls: [{ index: 0, id: "c", function: { name: "f" } }] })]],
  ])("a host that %s has no rest", (_what, events) => {
    expect(fitted(plan(), events)).toBeUndefined();
  });

  test("usage is of both parts, no token twice", () => {
    const usage = {
      prompt_tokens: 24,
      completion_tokens: 9,
      total_tokens: 33,
      prompt_cache_hit_tokens: 22,
      prompt_cache_miss_tokens: 2,
      completion_tokens_details: { reasoning_tokens: 3 },
    };
    const rest = [
      ...thoughts("a", "b", "c"),
      ...contents(" five", " six", " seven", " eight", " nine", " ten"),
      chunk({}, { finish: "stop", usage }),
    ];
    const { seen } = fitted(planAfter([...thoughts("Hm"), ...shown]), rest) ?? {};
    // Shown: 1 of reasoning and 6; given: 5 of those; new: 4.
    expect(seen?.at(-1)?.json.usage).toEqual({
      prompt_tokens: 19,
      completion_tokens: 11,
      total_tokens: 30,
      prompt_cache_hit_tokens: 19,
      prompt_cache_miss_tokens: 0,
      completion_tokens_details: { reasoning_tokens: 1 },
    });
  });

  test("reasoning goes on under the name under which it began", () => {
    const began = ["The tide", " is", " rising", " and"].map((text) => chunk({ reasoning: text }));
    const result = fitted(planAfter(began), thoughts(" rising", " and falling"));
    expect(textOf(result?.seen ?? [], "reasoning")).toBe(" falling");
  });

  describe("where the reasoning can only be begun anew", () => {
    const cut = () => thoughts("The tide", " is", " rising");

    test("other thoughts follow, and the text is whole", () => {
      const rest = [...thoughts("The tide", " falls."), ...contents("Low", " tide")];
      expect(fitted(planAfter(cut()), rest, "restart")).toMatchObject({
        mode: "restart-reasoning",
        reasoning: "The tide falls.",
        content: "Low tide",
      });
    });

    test("the same thoughts are not shown twice", () => {
      const rest = [...thoughts("The tide", " is", " rising", " now"), ...contents("High")];
      expect(fitted(planAfter(cut()), rest, "restart")).toMatchObject({ reasoning: " now", content: "High" });
    });

    test("in exact continuation other thoughts are refused", () => {
      const rest = [...thoughts("No"), ...contents("Low")];
      expect(fitted(planAfter(cut(), { exactOnly: true }), rest, "restart")).toBeUndefined();
    });
  });
});

describe("a host that can only be told to go on", () => {
  const shown = contents("The tide", " is rising", " in the harb");
  const text = "The tide is rising in the harb";
  const told = (...rest: string[]) => fitted(planAfter(shown), contents(...rest), "instruction")?.content;

  test("is told with all that was shown, where the caller wants plain text and a stream", () => {
    expect(ask(planAfter(shown)).request.continuation?.instruct).toBe(text);
    const not: PlanOptions[] = [
      { exactOnly: true },
      { request: requestOf({ response_format: { type: "json_object" } }) },
      { request: requestOf({ tools: [{ type: "function", function: { name: "f" } }] }) },
      { request: requestOf({}, { stream: false }) },
    ];
    for (const options of not) expect(ask(planAfter(shown, options)).request.continuation?.instruct).toBeUndefined();
    expect(ask(planAfter(thoughts("The tide", " is", " rising"))).request.continuation?.instruct).toBeUndefined();
  });

  test.each([
    ["just goes on", ["our", " now."], "our now."],
    ["repeats the last words", ["rising", " in the harb", "our now."], "our now."],
    ["begins the word again", ["harb", "our now."], "our now."],
    ["repeats everything", ["The tide is", " rising in the harbour now."], "our now."],
    ["repeats everything, and nothing else", [text], undefined],
    ["begins anew", ["The tide is", " falling in the bay."], undefined],
    ["says nothing", [" "], undefined],
  ])("%s", (_what, rest, content) => {
    expect(told(...rest)).toBe(content);
  });

  test("a letter in common is no overlap, a Chinese character is", () => {
    expect(fitted(planAfter(contents("It was the")), contents("extra mile"), "instruction")?.content).toBe(
      "extra mile",
    );
    expect(fitted(planAfter(contents("今天的天气很好，我们")), contents("我们去海边"), "instruction")?.content).toBe(
      "去海边",
    );
  });
});
