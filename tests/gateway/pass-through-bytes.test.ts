import type { JsonObject } from "tideover/engine";
import { expect, test } from "vitest";
import { callPath } from "../harness/call-path.ts";
import { choicesOf } from "../harness/fold-stream.ts";
import { type CannedAnswer, type RecordingProvider, recordingProvider, sse } from "../harness/recording-provider.ts";
import { type Stage, stage } from "../harness/stage.ts";

const CHAT = "/v1/chat/completions";

/** A gateway before a provider that records what it received, byte for byte. */
async function before(provider: RecordingProvider, preset: string): Promise<Stage> {
  return stage({
    upstreams: {},
    providers: { raw: { preset, baseUrl: provider.url, apiKey: "sk-test" } },
    routes: [{ model: "*", ladder: ["raw"] }],
  });
}

const chunk = (more: JsonObject, delta: JsonObject = {}, finish: string | null = null): JsonObject => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1_763_000_000,
  model: "raw",
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...more,
});

const STREAM = sse(
  chunk({}, { role: "assistant", content: "" }),
  chunk({}, { content: "tide" }),
  chunk({}, {}, "stop"),
);

const DOCUMENT = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_763_000_000,
  model: "raw",
  choices: [{ index: 0, message: { role: "assistant", content: "tide" }, finish_reason: "stop" }],
});

/** Answers in whatever form is asked for. */
const inKind = ({ json }: { json: JsonObject }): CannedAnswer =>
  json.stream === true ? { contentType: "text/event-stream", body: STREAM } : { body: DOCUMENT };

/** Members that a caller may write in ways that a JSON parser does not keep. */
const AWKWARD = [
  '"seed": 12345678901234567891',
  '"temperature": 0.70',
  '"top_p": 1E-1',
  String.raw`"messages" : [ {"role":"user","content":"潮汐 🌊🏳️‍🌈 \u6f6e \ud83c\udf0a \/ \u0000 \ud800"} ]`,
  String.raw`"an_unknown_field": {"nested":[1,2.0,{"深":"\u00e9"}],"big":9007199254740993}`,
  '"logit_bias": {"50256": -100}',
];

test.each(["deepseek", "openai-compatible"])("%s: what the caller wrote arrives as it was written", async (preset) => {
  await using provider = await recordingProvider(inKind);
  await using on = await before(provider, preset);
  for (const stream of [true, false]) {
    const body = `{"model":"raw", ${AWKWARD.join(" ,\n ")}, "stream":${stream}}`;
    const reply = await callPath(on.url, CHAT, body);
    expect(reply.status).toBe(200);
    const received = provider.requests.at(-1);
    for (const member of AWKWARD) expect(received?.body).toContain(member);
    expect(received?.json.model).toBe("raw");
  }
});

test("a request in which nothing has to change arrives byte for byte", async () => {
  await using provider = await recordingProvider(inKind);
  await using on = await before(provider, "openai-compatible");
  const body = `\n { "model" : "raw",\t${AWKWARD.join(",")} } \n`;
  await callPath(on.url, CHAT, body);
  expect(provider.requests[0]?.body).toBe(body);
});

test("nothing of the caller's own headers reaches the provider", async () => {
  await using provider = await recordingProvider(inKind);
  await using on = await before(provider, "deepseek");
  await fetch(`${on.url}${CHAT}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: "Bearer sk-of-the-caller",
      cookie: "session=secret",
      "x-forwarded-for": "203.0.113.9",
    },
    body: '{"model":"raw","messages":[{"role":"user","content":"hi"}]}',
  });
  const headers = provider.requests[0]?.headers;
  expect(headers?.authorization).toBe("Bearer sk-test");
  expect(JSON.stringify(headers)).not.toMatch(/caller|secret|203\.0\.113\.9/);
});

test.each(["deepseek", "openai-compatible"])("%s: fields of an answer that nobody knows are kept", async (preset) => {
  const unknown = { x_trace: { region: "华东", spans: [1, 2] }, service_tier: "flex" };
  await using provider = await recordingProvider(({ json }) => {
    if (json.stream !== true) {
      const [choice] = JSON.parse(DOCUMENT).choices;
      const choices = [{ ...choice, x_score: 0.5, message: { ...choice.message, x_cited: ["a"] } }];
      return { body: JSON.stringify({ ...JSON.parse(DOCUMENT), ...unknown, choices }) };
    }
    const chunks = [
      chunk(unknown, { role: "assistant", content: "" }),
      chunk(unknown, { content: "tide", x_cited: ["a"] }),
      { ...chunk(unknown), choices: [{ index: 0, delta: {}, finish_reason: "stop", x_score: 0.5 }] },
    ];
    return { contentType: "text/event-stream", body: sse(...chunks) };
  });
  await using on = await before(provider, preset);
  const body = { model: "raw", messages: [{ role: "user", content: "hi" }] };

  const plain = await callPath(on.url, CHAT, body);
  expect(plain.events[0]).toMatchObject({
    ...unknown,
    choices: [{ x_score: 0.5, message: { content: "tide", x_cited: ["a"] } }],
  });

  const streamed = await callPath(on.url, CHAT, { ...body, stream: true });
  for (const event of streamed.events) expect(event).toMatchObject(unknown);
  expect(streamed.text).toContain('"x_cited":["a"]');
  expect(streamed.text).toContain('"x_score":0.5');
  expect(choicesOf(streamed.events)[0]?.content).toBe("tide");
});

test("numbers beyond a double in a document come through as they were written", async () => {
  const body = DOCUMENT.replace("1763000000", "1763000000.0000000001").replace(
    '"raw"',
    '"raw","x":12345678901234567891',
  );
  await using provider = await recordingProvider(() => ({ body }));
  await using on = await before(provider, "openai-compatible");
  const reply = await callPath(on.url, CHAT, { model: "raw", messages: [{ role: "user", content: "hi" }] });
  expect(reply.text).toContain('"x":12345678901234567891');
  expect(reply.text.startsWith(body.slice(0, -1))).toBe(true);
});

test("an error that the provider words its own way is passed on as it is", async () => {
  const body = '{"error":{"message":"温度 too high","type":"odd","code":42,"details":[1]},"trace":"abc"}';
  await using provider = await recordingProvider(() => ({ status: 422, body }));
  await using on = await before(provider, "deepseek");
  for (const stream of [false, true]) {
    const asked = { model: "raw", messages: [{ role: "user", content: "hi" }], stream };
    const reply = await callPath(on.url, CHAT, asked);
    expect(reply.status).toBe(422);
    expect(reply.events[0]).toMatchObject(JSON.parse(body));
  }
});
