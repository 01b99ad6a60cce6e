import { createInProcessTransport, createUpstreamModel, expectedAnswer } from "@tideover/simulator";
import type { JsonObject } from "tideover/engine";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { makeRequest } from "./make-request.ts";

/** The usage that a simulated provider reports for a request. */
async function usageOf(body: JsonObject): Promise<{ prompt_tokens: number; completion_tokens: number }> {
  const clock = new VirtualClock();
  const transport = createInProcessTransport(createUpstreamModel({ clock, profile: "faults" }));
  const url = "http://provider.test/v1/chat/completions";
  const { signal } = new AbortController();
  const read = async () => {
    const response = await transport.send({ method: "POST", url, headers: {}, body: JSON.stringify(body) }, signal);
    if (response.type !== "response") throw new Error(response.message);
    let text = "";
    for (;;) {
      const chunk = await response.body.read();
      if (!(chunk instanceof Uint8Array)) return text;
      text += new TextDecoder().decode(chunk);
    }
  };
  return JSON.parse(await clock.run(read())).usage;
}

test.each([
  [30, 1],
  [374, 44],
  [1_020, 129],
  [14_050, 1_000],
])("a prompt of %i tokens, an answer of %i", async (promptTokens, outputTokens) => {
  const body = makeRequest({ atMs: 0, promptTokens, outputTokens }, 7, { model: "sim-chat", stream: false });
  const usage = await usageOf(body);
  expect(Math.abs(usage.prompt_tokens - promptTokens)).toBeLessThan(5);
  expect(usage.completion_tokens).toBe(outputTokens);
  expect(expectedAnswer(body).finishReason).toBe("stop");
});

test("the shortest request is still one, and asks for an answer", async () => {
  const body = makeRequest({ atMs: 0, promptTokens: 0, outputTokens: 0 }, 123_456, {
    model: "sim-chat",
    stream: false,
  });
  expect((await usageOf(body)).completion_tokens).toBe(1);
});

test("no two prompts begin alike, and only streams say so", () => {
  const entry = { atMs: 0, promptTokens: 500, outputTokens: 5 };
  const [first, second] = [1, 2].map((number) => makeRequest(entry, number, { model: "m", stream: number === 2 }));
  const start = (body: JsonObject | undefined) => JSON.stringify(body?.messages).slice(0, 60);
  expect(start(first)).not.toBe(start(second));
  expect([first?.stream, second?.stream]).toEqual([undefined, true]);
});
