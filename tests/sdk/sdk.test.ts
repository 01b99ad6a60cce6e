import { expectedAnswer, startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import OpenAI from "openai";
import { answer, ConfigError, createTideover, type TideoverConfig, TideoverError } from "tideover";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const request = { model: "sim-chat", messages: [{ role: "user", content: "Describe the reading lamp 灯." }] } as const;
const expected = expectedAnswer(request).content;

let upstream: UpstreamServer;
beforeEach(async () => {
  upstream = await startUpstreamServer({ profile: "faults" });
});
afterEach(() => upstream.close());

const config = (ladder: TideoverConfig["routes"][number]["ladder"]): TideoverConfig => ({
  providers: {
    deepseek: { preset: "deepseek", baseUrl: upstream.url, apiKey: "sk-test" },
    gone: { preset: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: "sk-test" },
  },
  routes: [{ model: "*", deadline: "5s", firstToken: "300ms", gap: "300ms", retry: "off", ladder }],
});

const contentOf = (event: unknown) =>
  (event as { choices: { delta: { content?: string | null } }[] }).choices[0]?.delta.content ?? "";

describe("chat", () => {
  test("gives the chunks as they come, the last one with its provenance", async () => {
    let text = "";
    let last: unknown;
    for await (const event of createTideover(config(["gone", "deepseek"])).chat(request)) {
      text += contentOf(event);
      last = event;
    }
    expect(text).toBe(expected);
    expect(last).toMatchObject({ tideover: { rung: "alternate", provider: "deepseek", degraded: false } });
  });

  test("a function is a rung", async () => {
    const tideover = createTideover(
      config(["gone", answer(({ messages }) => `I saw ${(messages as unknown[]).length}.`)]),
    );
    let text = "";
    for await (const event of tideover.chat(request)) text += contentOf(event);
    expect(text).toBe("I saw 1.");
  });

  test("no answer is an error with the reason of each rung", async () => {
    const failing = createTideover(config(["gone"]))
      .chat(request)
      .next();
    const error = await failing.catch((thrown: unknown) => thrown);
    expect(TideoverError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ status: 503, code: "ladder_exhausted", details: { rungs: [{ rung: "gone" }] } });
  });

  test("leaving the loop ends the request at the provider", async () => {
    for await (const _event of createTideover(config(["deepseek"])).chat({ ...request, model: "fault-stall" })) break;
    await expect.poll(() => upstream.model.counters.inFlight).toBe(0);
  });
});

describe("a request that its caller gives up", () => {
  const hanging = { ...request, model: "fault-silence" };
  const stalling = { ...request, model: "fault-stall" };
  const patient = () => {
    const { providers, routes } = config(["deepseek"]);
    return createTideover({ providers, routes: routes.map((route) => ({ ...route, firstToken: "5s", gap: "5s" })) });
  };
  const posted = (body: object, signal: AbortSignal) =>
    patient().fetch("https://any/v1/chat/completions", { method: "POST", body: JSON.stringify(body), signal });

  test.each(["before it began", "while it waits"])("chat throws the signal's reason, %s", async (when) => {
    const controller = new AbortController();
    if (when === "before it began") controller.abort(new Error("mine"));
    const first = patient().chat(hanging, { signal: controller.signal }).next();
    if (when === "while it waits") setTimeout(() => controller.abort(new Error("mine")), 50);
    await expect(first).rejects.toThrow("mine");
  });

  test("chat throws it in the middle of an answer, too", async () => {
    const controller = new AbortController();
    let text = "";
    const reading = (async () => {
      for await (const event of patient().chat(stalling, { signal: controller.signal })) {
        text += contentOf(event);
        controller.abort(new Error("mine"));
      }
    })();
    await expect(reading).rejects.toThrow("mine");
    expect(text).not.toBe(expected);
  });

  test("fetch rejects with it, as the platform's does, and so does the body of a begun answer", async () => {
    await expect(posted(hanging, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
    const waiting = new AbortController();
    setTimeout(() => waiting.abort(new Error("waiting")), 50);
    await expect(posted(hanging, waiting.signal)).rejects.toThrow("waiting");
    const reading = new AbortController();
    const response = await posted({ ...stalling, stream: true }, reading.signal);
    setTimeout(() => reading.abort(new Error("reading")), 50);
    await expect(response.text()).rejects.toThrow("reading");
  });

  test("an OpenAI client knows its own abort", async () => {
    const openai = new OpenAI({ apiKey: "unused", maxRetries: 0, fetch: patient().fetch });
    const controller = new AbortController();
    const create = (options: object) =>
      openai.chat.completions.create({ model: "fault-silence", messages: [...request.messages] }, options);
    setTimeout(() => controller.abort(), 50);
    await expect(create({ signal: controller.signal })).rejects.toThrow(OpenAI.APIUserAbortError);
  });
});

test("a model need not be named where a route takes any", async () => {
  const tideover = createTideover({
    providers: {},
    routes: [{ model: "*", ladder: [answer(({ model }) => `${model}`)] }],
  });
  let text = "";
  for await (const event of tideover.chat({ messages: [...request.messages] })) text += contentOf(event);
  expect(text).toBe("default");
});

test("headers count by name in any case", async () => {
  const waiting = createTideover(config([answer(() => new Promise<never>(() => {}))])).chat(request, {
    headers: { "Tideover-Deadline": "50ms" },
  });
  await expect(waiting.next()).rejects.toMatchObject({ code: "deadline_exceeded" });
});

test("fetch takes a body without a content type: no page can post here", async () => {
  const body = JSON.stringify(request);
  const { fetch } = createTideover(config(["deepseek"]));
  expect((await fetch("https://any/v1/chat/completions", { method: "POST", body })).status).toBe(200);
});

test("a provider's refusal that is no JSON is an error with its status", async () => {
  const page = async () => new Response("no such field", { status: 422, headers: { "content-type": "text/plain" } });
  const failing = createTideover(config(["deepseek"]), { fetch: page })
    .chat(request)
    .next();
  await expect(failing).rejects.toMatchObject({ name: "TideoverError", status: 422 });
});

test("an OpenAI client with its fetch gets plain and streamed answers, whatever its base URL", async () => {
  const openai = new OpenAI({
    apiKey: "unused",
    maxRetries: 0,
    fetch: createTideover(config(["gone", "deepseek"])).fetch,
  });
  const plain = await openai.chat.completions.create({ model: request.model, messages: [...request.messages] });
  expect(plain.choices[0]?.message.content).toBe(expected);
  let text = "";
  const stream = await openai.chat.completions.create({
    model: request.model,
    messages: [...request.messages],
    stream: true,
  });
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  expect(text).toBe(expected);
});

test("a broken configuration is told whole, when it is made", () => {
  const make = () => createTideover({ providers: {}, routes: [{ model: "*", ladder: ["deepsek"] }] });
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(/deepsek/);
});

test("a rule that is an expression is refused by its place: the gateway reads those, the SDK takes functions", () => {
  const rules = [{ when: "metadata.category == 'gift-card'", answer: "A gift card." }];
  const make = () => createTideover(config(["deepseek", { rules }]));
  expect(make).toThrow(ConfigError);
  expect(make).toThrow(/routes\[0\]\.ladder\[1\]\.rules\[0\]\.when: is an expression.*give the SDK a function/);
});
