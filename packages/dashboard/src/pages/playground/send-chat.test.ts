import { afterEach, expect, test, vi } from "vitest";
import { type ChatQuestion, type ChatResult, sendChat } from "./send-chat.ts";

const QUESTION: ChatQuestion = {
  ...{ model: "deepseek-flash", prompt: "Why?", stream: true, key: "", deadline: "", cache: "default" },
};

afterEach(() => vi.unstubAllGlobals());

/** Sends a question that is answered so. @returns the last state, and the request as it was sent */
async function sent(response: Response | Error, question: Partial<ChatQuestion> = {}) {
  const fetching = vi.fn((_path: string, _request: RequestInit) =>
    response instanceof Error ? Promise.reject(response) : Promise.resolve(response),
  );
  vi.stubGlobal("fetch", fetching);
  const states: ChatResult[] = [];
  await sendChat({ ...QUESTION, ...question }, new AbortController().signal, (state) => states.push(state));
  return { last: states.at(-1), states: states.map(({ state }) => state), request: fetching.mock.calls[0]?.[1] };
}

function stream(...events: readonly unknown[]): Response {
  const text = events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join("");
  return new Response(text, { headers: { "content-type": "text/event-stream", "tideover-rung": "live" } });
}

const delta = (content: string) => ({ choices: [{ delta: { content } }] });
const told = { rung: "alternate", provider: "box", degraded: false, attempts: [] };

test("a whole stream is whole, with the account of its last chunk", async () => {
  const { last, states } = await sent(stream(delta("Be"), delta("cause."), { choices: [], tideover: told }, "[DONE]"));
  expect(last).toMatchObject({ state: "whole", text: "Because.", told, headers: [["tideover-rung", "live"]] });
  expect(states[0]).toBe("sent");
});

test("a stream that ends without its mark was cut, however whole it looks", async () => {
  const { last } = await sent(stream(delta("Because the moon")));
  expect(last).toMatchObject({ state: "failed", text: "Because the moon" });
});

test("an error within the stream is told, and no mark makes it whole", async () => {
  const { last } = await sent(stream(delta("Be"), { error: { message: "The stream broke." } }));
  expect(last).toMatchObject({ state: "failed", error: "The stream broke." });
});

test("a refusal is told with its status and message", async () => {
  const refusal = new Response(JSON.stringify({ error: { message: "No rung could answer." } }), { status: 503 });
  expect((await sent(refusal)).last).toMatchObject({ state: "failed", status: 503, error: "No rung could answer." });
});

test("a ticket is told as one", async () => {
  const accepted = new Response(JSON.stringify({ id: "job_1", object: "job" }), { status: 202 });
  expect((await sent(accepted)).last).toMatchObject({ state: "whole", ticket: "job_1", text: "" });
});

test("an answer in one piece, and what was asked for it", async () => {
  const body = { choices: [{ message: { content: "Because.", reasoning_content: "Moon." } }], tideover: told };
  const { last, request } = await sent(new Response(JSON.stringify(body)), {
    ...{ stream: false, key: "caller", deadline: "5s", cache: "no-cache" },
  });
  expect(last).toMatchObject({ state: "whole", text: "Because.", reasoning: "Moon.", told });
  expect(request?.headers).toMatchObject({
    ...{ authorization: "Bearer caller", "tideover-deadline": "5s", "cache-control": "no-cache" },
  });
});

test("a connection that breaks is told", async () => {
  expect((await sent(new Error("refused"))).last).toMatchObject({ state: "failed", error: "refused" });
});
