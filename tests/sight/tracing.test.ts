import {
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { resolveConfig } from "tideover/config";
import { afterEach, expect, test } from "vitest";
import { textOf, virtualStage, virtualUrl } from "../harness/virtual-stage.ts";

/** A span as an SDK would keep it. */
interface Kept {
  readonly name: string;
  readonly id: string;
  readonly traceId: string;
  readonly parent: string | undefined;
  readonly attributes: Attributes;
  readonly events: string[];
  status: SpanStatusCode | undefined;
  ends: number;
}

/** The least SDK that there can be: it keeps spans, and numbers them. */
function registerSdk(): Kept[] {
  const spans: Kept[] = [];
  const startSpan = (name: string, options: SpanOptions = {}, context?: Context): Span => {
    const above = context === undefined ? undefined : trace.getSpanContext(context);
    const kept: Kept = {
      name,
      id: `${spans.length + 1}`.padStart(16, "0"),
      traceId: above?.traceId ?? "a".repeat(32),
      parent: above?.spanId,
      attributes: { ...options.attributes },
      events: [],
      status: undefined,
      ends: 0,
    };
    spans.push(kept);
    const spanContext: SpanContext = { traceId: kept.traceId, spanId: kept.id, traceFlags: 1 };
    const span: Span = {
      spanContext: () => spanContext,
      setAttribute: (key, value) => {
        kept.attributes[key] = value;
        return span;
      },
      setAttributes: (attributes) => {
        Object.assign(kept.attributes, attributes);
        return span;
      },
      addEvent: (event) => {
        kept.events.push(event);
        return span;
      },
      addLink: () => span,
      addLinks: () => span,
      setStatus: ({ code }) => {
        kept.status = code;
        return span;
      },
      updateName: () => span,
      end: () => {
        kept.ends++;
      },
      isRecording: () => true,
      recordException: () => undefined,
    };
    return span;
  };
  const tracer: Tracer = {
    startSpan,
    startActiveSpan: () => {
      throw new Error("no span is made active");
    },
  };
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  return spans;
}

afterEach(() => trace.disable());

/** A gateway before two providers, of which the first is always busy; and the `traceparent`s that they were sent. */
function traced() {
  const resolved = resolveConfig({
    providers: {
      first: { preset: "deepseek", baseUrl: virtualUrl("first"), apiKey: "sk-first" },
      second: { preset: "deepseek", baseUrl: virtualUrl("second"), apiKey: "sk-second" },
    },
    routes: [{ model: "*", cache: { when: "never" }, ladder: ["first", "second"] }],
  });
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  const sent: (string | undefined)[] = [];
  const stage = virtualStage(resolved.config, {
    first: {
      faultFor: ({ request }) => {
        sent.push(request.headers.traceparent);
        return "503";
      },
    },
    second: {
      faultFor: ({ request }) => {
        sent.push(request.headers.traceparent);
        return undefined;
      },
    },
  });
  const ask = async (headers?: Readonly<Record<string, string>>) => {
    const body = { model: "deepseek-flash", messages: [{ role: "user", content: "canary-prompt" }] };
    return textOf(await stage.clock.run(stage.post(body, headers)));
  };
  return { sent, ask };
}

const PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test("a request has a span for each rung and attempt below the caller's, and each attempt takes its own along", async () => {
  const spans = registerSdk();
  const { sent, ask } = traced();
  await ask({ traceparent: PARENT });
  expect(spans.map(({ name, parent, status, ends }) => [name, parent, status, ends])).toEqual([
    ["chat deepseek-flash", "b7ad6b7169203331", undefined, 1],
    ["rung first > second", "0000000000000001", undefined, 1],
    ["chat first", "0000000000000002", SpanStatusCode.ERROR, 1],
    ["chat second", "0000000000000002", undefined, 1],
  ]);
  expect(spans[0]?.attributes).toMatchObject({
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "deepseek-flash",
    "gen_ai.provider.name": "second",
    "tideover.rung": "alternate",
  });
  expect(spans[2]?.attributes).toMatchObject({ "gen_ai.provider.name": "first", "error.type": "http-503" });
  expect(spans[3]?.attributes).toMatchObject({ "gen_ai.usage.output_tokens": expect.any(Number) });
  expect(spans[3]?.events).toEqual(["gen_ai.first_token"]);
  const traceId = PARENT.slice(3, 35);
  expect(sent).toEqual([`00-${traceId}-0000000000000003-01`, `00-${traceId}-0000000000000004-01`]);
  expect(JSON.stringify(spans)).not.toMatch(/canary-prompt|sk-first|sk-second/);
});

test("without a caller's trace a new one begins", async () => {
  const spans = registerSdk();
  const { ask } = traced();
  await ask();
  expect([spans[0]?.parent, spans[0]?.traceId]).toEqual([undefined, "a".repeat(32)]);
});

test("where nobody traces, the caller's traceparent goes on as it came", async () => {
  const { sent, ask } = traced();
  await ask({ traceparent: PARENT });
  await ask();
  expect(sent).toEqual([PARENT, PARENT, undefined, undefined]);
});

test.each([
  "00-00000000000000000000000000000000-b7ad6b7169203331-01",
  "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
  "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  `${PARENT}-more`,
  `${PARENT}\r\nx: y`,
  "nonsense",
])("a malformed traceparent is not passed on: %j", async (traceparent) => {
  const { sent, ask } = traced();
  await ask({ traceparent });
  expect(sent).toEqual([undefined, undefined]);
});
