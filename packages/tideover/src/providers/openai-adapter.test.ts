import {
  type AttemptScope,
  type Batch,
  type ByteSource,
  type Call,
  type Ending,
  type Failure,
  failure,
  type JsonObject,
  newTrace,
  type RawAnswer,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from "tideover/engine";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { ALL_WIRES } from "./all-wires.ts";
import { ERROR_BODY_PATIENCE_MS, MAX_ERROR_BODY_BYTES } from "./error-text.ts";
import { createOpenAiAdapter } from "./openai-adapter.ts";
import { defineProvider } from "./provider.ts";
import type { ProviderSettings } from "./provider-settings.ts";

/** Gives its parts one by one, then ends; with `hangs` the end never comes. */
class ScriptedSource implements ByteSource {
  readonly #parts: (string | Failure)[];
  readonly #hangs: boolean;
  reads = 0;
  cancelled = false;

  constructor(parts: readonly (string | Failure)[], hangs = false) {
    this.#parts = [...parts];
    this.#hangs = hangs;
  }

  read(): Promise<Uint8Array | undefined | Failure> {
    this.reads++;
    const part = this.#parts.shift();
    if (part === undefined && this.#hangs) return new Promise(() => {});
    return Promise.resolve(typeof part === "string" ? new TextEncoder().encode(part) : part);
  }

  cancel(): void {
    this.cancelled = true;
  }
}

const response = (status: number, contentType: string, body: ByteSource, headers = {}): TransportResponse => ({
  type: "response",
  status,
  header: (name) => ({ "content-type": contentType, ...headers })[name],
  body,
});

const callOf = (body: JsonObject, clock: VirtualClock): Call => ({
  id: "call-1",
  request: {
    operation: "chat",
    model: String(body.model),
    body,
    bytes: new TextEncoder().encode(JSON.stringify(body)),
    stream: body.stream === true,
    includeUsage: false,
  },
  tenant: "t",
  priority: 3,
  startedAt: clock.now(),
  deadline: clock.now() + 60_000,
  signal: new AbortController().signal,
  callerRetries: 0,
  lastChance: false,
  avoid: [],
  trace: newTrace(),
});

interface Run {
  readonly outcome: Promise<RawAnswer | Failure>;
  readonly clock: VirtualClock;
  readonly sent: TransportRequest[];
  readonly abort: AbortController;
  connected: number;
}

const deepseek: ProviderSettings = { preset: "deepseek", apiKey: "sk-0123456789" };
const hello: JsonObject = { model: "deepseek-flash", messages: [{ role: "user", content: "Hello" }] };

function run(answer: TransportResponse | Failure, settings = deepseek, body = hello): Run {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const sent: TransportRequest[] = [];
  const transport: Transport = {
    send(request) {
      sent.push(request);
      request.onConnected?.();
      return Promise.resolve(answer);
    },
  };
  const definition = defineProvider("main", settings);
  const adapter = createOpenAiAdapter(definition, definition.accounts[0], { transport, clock, wires: ALL_WIRES });
  const state = { connected: 0 };
  const scope: AttemptScope = { signal: abort.signal, connected: () => state.connected++ };
  const outcome = adapter(callOf(body, clock), scope);
  return {
    outcome,
    clock,
    sent,
    abort,
    get connected() {
      return state.connected;
    },
  };
}

async function readAll(outcome: RawAnswer | Failure): Promise<{ texts: string[]; ending: Ending }> {
  if (outcome.type === "failure") throw new Error(outcome.message);
  const texts: string[] = [];
  for (;;) {
    const next: Batch | Ending = await outcome.stream.read();
    if (next.type === "ending") return { texts, ending: next };
    texts.push(...next.events.map((event) => event.data));
  }
}

const chunk = (content: string, finish: string | null = null): string =>
  JSON.stringify({ id: "1", choices: [{ index: 0, delta: { content }, finish_reason: finish }] });
const whole = JSON.stringify({
  id: "1",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
});

test("an unstreamed caller's request goes out as a stream, and its events come back", async () => {
  const source = new ScriptedSource([
    `: keep-alive\n\n`,
    `data: ${chunk("Hi")}\n\n`,
    `data: ${chunk("", "stop")}\n\ndata: [DONE]\n\n`,
  ]);
  const attempt = run(response(200, "text/event-stream; charset=utf-8", source));
  const outcome = await attempt.outcome;
  expect(outcome).toMatchObject({ type: "raw-answer", model: "deepseek-flash" });
  expect(await readAll(outcome)).toEqual({ texts: [chunk("Hi"), chunk("", "stop")], ending: { type: "ending" } });
  expect(attempt.connected).toBe(1);
  expect(attempt.sent).toHaveLength(1);
  expect(attempt.sent[0]).toMatchObject({ method: "POST", url: "https://api.deepseek.com/chat/completions" });
});

test.each(["application/json", "application/json; charset=utf-8", "application/vnd.x+json"])(
  "a document of type %s is one event, though a stream was asked for",
  async (contentType) => {
    const attempt = run(response(200, contentType, new ScriptedSource(["\n\n", whole])));
    expect((await readAll(await attempt.outcome)).texts).toEqual([whole]);
  },
);

test("a stream is read as one, though a document was asked for", async () => {
  const source = new ScriptedSource([`data: ${chunk("Hi", "stop")}\n\ndata: [DONE]\n\n`]);
  const attempt = run(response(200, "text/event-stream", source), { ...deepseek, upstream: "mirror" });
  expect((await readAll(await attempt.outcome)).texts).toEqual([chunk("Hi", "stop")]);
});

test("a caller of several choices gets all of them or a cut", async () => {
  const source = new ScriptedSource([`data: ${chunk("Hi", "stop")}\n\n`]);
  const attempt = run(response(200, "text/event-stream", source), deepseek, { ...hello, n: 2 });
  expect((await readAll(await attempt.outcome)).ending.failure).toMatchObject({ kind: "fault", reason: "cut" });
});

test("an error inside a 200 is classified as one of this provider", async () => {
  const error = { message: "Service is too busy", type: "service_unavailable_error" };
  const source = new ScriptedSource([`data: ${JSON.stringify({ error })}\n\n`]);
  const attempt = run(response(200, "text/event-stream", source));
  expect((await readAll(await attempt.outcome)).ending.failure).toMatchObject({
    kind: "overloaded",
    provider: "main",
    committed: false,
  });
});

test("a web page with status 200 is a fault, and the connection is given back", async () => {
  const source = new ScriptedSource(["<html></html>"]);
  const attempt = run(response(200, "text/html", source));
  expect(await attempt.outcome).toMatchObject({ kind: "fault", reason: "not-the-api", provider: "main" });
  expect(source.cancelled).toBe(true);
});

test("a refusal is classified with its headers and body, however it is split", async () => {
  const body = JSON.stringify({ error: { message: "Too many. concurrency limit of 25 …", type: "rate_limit_error" } });
  const source = new ScriptedSource([body.slice(0, 20), body.slice(20)]);
  const attempt = run(response(429, "application/json", source, { "retry-after": "3" }));
  expect(await attempt.outcome).toMatchObject({
    kind: "overloaded",
    status: 429,
    retryAfterMs: 3_000,
    statedConcurrency: 25,
    provider: "main",
  });
  expect(source.cancelled).toBe(true);
  expect(attempt.clock.pendingTimers).toBe(0);
});

test("a caller's fault is passed through as it is, unless we had changed the request", async () => {
  const body = '{"error":{"message":"no","type":"invalid_request_error"}}';
  const refusal = () => response(400, "application/json", new ScriptedSource([body]));
  expect(await run(refusal()).outcome).toMatchObject({ kind: "caller", passed: { status: 400, body } });
  const mapped = { ...deepseek, models: { "deepseek-flash": "other" } };
  expect(await run(refusal(), mapped).outcome).toMatchObject({ kind: "incompatible" });
});

test("an error body that never ends is read up to the cap", async () => {
  const endless = new ScriptedSource(Array.from({ length: 1_000 }, () => "x".repeat(4_096)));
  const attempt = run(response(500, "text/plain", endless));
  expect(await attempt.outcome).toMatchObject({ kind: "fault", reason: "http-500" });
  expect(endless.reads).toBe(MAX_ERROR_BODY_BYTES / 4_096);
  expect(endless.cancelled).toBe(true);
});

test("an error body that does not come is not waited for beyond the patience", async () => {
  const source = new ScriptedSource(["{"], true);
  const attempt = run(response(503, "application/json", source));
  expect(await attempt.clock.run(attempt.outcome)).toMatchObject({ kind: "overloaded", reason: "http-503" });
  expect(attempt.clock.now()).toBe(ERROR_BODY_PATIENCE_MS);
  expect(source.cancelled).toBe(true);
  expect(attempt.clock.pendingTimers).toBe(0);
});

test("an error body whose connection breaks leaves the status to judge by", async () => {
  const lost = failure("fault", "connection-lost", "lost");
  const attempt = run(response(402, "application/json", new ScriptedSource(['{"err', lost])));
  expect(await attempt.outcome).toMatchObject({ kind: "credential", reason: "http-402" });
});

test("an attempt that is given up while the error body is awaited ends with the reason for that", async () => {
  const source = new ScriptedSource([], true);
  const attempt = run(response(500, "application/json", source));
  await attempt.clock.advance(1);
  const reason = failure("deadline", "deadline", "Time is up.");
  attempt.abort.abort(reason);
  expect(await attempt.outcome).toBe(reason);
  expect(source.cancelled).toBe(true);
  expect(attempt.clock.pendingTimers).toBe(0);
});

test("a connection that fails is this provider's failure", async () => {
  const refused = failure("fault", "connection-refused", "refused", { beforeAnyByte: true });
  expect(await run(refused).outcome).toEqual({ ...refused, provider: "main" });
});

test("what the provider cannot serve is not sent", async () => {
  const attempt = run(
    response(200, "application/json", new ScriptedSource([])),
    { preset: "groq", apiKey: "k" },
    {
      ...hello,
      logprobs: true,
    },
  );
  expect(await attempt.outcome).toMatchObject({ kind: "incompatible", reason: "field-refused" });
  expect(attempt.sent).toHaveLength(0);
});
