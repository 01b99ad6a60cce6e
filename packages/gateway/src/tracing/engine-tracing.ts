import {
  type Attributes,
  type Context,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { AttemptRecord, Call, EngineEvent, Failure } from "tideover/engine";

/** Requests that are traced at once; more are not traced. */
const MOST_OPEN = 10_000;

/** What is traced of one call while it runs. */
interface CallSpans {
  readonly span: Span;
  readonly context: Context;
  /** The rung that has its turn. */
  rung: { readonly span: Span; readonly context: Context } | undefined;
  /** Of attempts that have not ended. */
  readonly attempts: Map<Readonly<AttemptRecord>, Span>;
}

/**
 * Traces the engine's calls with OpenTelemetry: a span for each call, below it one for each rung, below that one for each
 * attempt, named by the GenAI conventions. The caller's `traceparent` is the parent, and each attempt takes its own span's
 * to the provider. No prompt, no answer and no key is ever an attribute.
 *
 * @returns undefined where no OpenTelemetry SDK is registered, so that tracing then costs nothing: it must have been
 *   registered before the gateway is made (`node --import ./tracing.js`).
 */
export function engineTracing(version: string): ((event: EngineEvent) => void) | undefined {
  const provider = trace.getTracerProvider();
  // Ours stands in for one that may come; another copy of the API has a stand-in of its own, once one has come.
  const isRegistered =
    !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer("tideover") !== undefined;
  if (!isRegistered) return undefined;
  const tracing = new EngineTracing(trace.getTracer("tideover", version));
  return (event) => tracing.take(event);
}

class EngineTracing {
  readonly #tracer: Tracer;
  readonly #calls = new Map<string, CallSpans>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  take(event: EngineEvent): void {
    switch (event.type) {
      case "call-started":
        this.#begin(event.call);
        return;
      case "call-ended":
        this.#end(event);
        return;
      case "rung-entered":
        this.#enterRung(event.call, event.rung);
        return;
      case "rung-failed":
        this.#leaveRung(event.call, event.failure);
        return;
      case "attempt-started":
        this.#beginAttempt(event);
        return;
      case "attempt-committed":
        this.#calls.get(event.call.id)?.attempts.get(event.record)?.addEvent("gen_ai.first_token");
        return;
      case "attempt-ended":
        this.#endAttempt(event);
        return;
      case "retry-scheduled":
        this.#note(event.call, "retry", { provider: event.provider, delay_ms: event.delayMs });
        return;
      case "hedge-started":
        this.#note(event.call, "hedge", { provider: event.provider, to: event.to });
        return;
      case "cache-hit":
        this.#note(event.call, "cache-hit", { fresh: event.fresh, age_ms: event.ageMs });
        return;
      case "permit-refused":
        this.#note(event.call, "permit-refused", { provider: event.provider, reason: event.reason });
        return;
      default:
        return;
    }
  }

  #begin(call: Call): void {
    if (this.#calls.size >= MOST_OPEN || this.#calls.has(call.id)) return;
    const { operation, model, stream } = call.request;
    const span = this.#tracer.startSpan(
      `${operationName(operation)} ${model}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          "gen_ai.operation.name": operationName(operation),
          "gen_ai.request.model": model,
          "tideover.request.id": call.id,
          "tideover.priority": call.priority,
          "tideover.stream": stream,
          ...(call.ticketed === true ? { "tideover.job": true } : {}),
        },
      },
      parentOf(call.trace.traceparent),
    );
    const context = trace.setSpan(ROOT_CONTEXT, span);
    this.#calls.set(call.id, { span, context, rung: undefined, attempts: new Map() });
  }

  #end({ call, outcome, ending }: Extract<EngineEvent, { type: "call-ended" }>): void {
    const spans = this.#calls.get(call.id);
    if (spans === undefined) return;
    this.#calls.delete(call.id);
    if (outcome.type === "answer") {
      const { rung, provider, model, degraded } = outcome.origin;
      spans.span.setAttributes({
        "tideover.rung": rung,
        "tideover.degraded": degraded,
        "tideover.seams": call.trace.seams.length,
        ...(provider === undefined ? {} : { "gen_ai.provider.name": provider }),
        ...(model === undefined ? {} : { "gen_ai.response.model": model }),
      });
    }
    closeWith(spans.rung?.span, ending.failure);
    // An attempt that outlives its call has lost its listener: what it still does is nobody's.
    for (const attempt of spans.attempts.values()) attempt.end();
    closeWith(spans.span, ending.failure);
  }

  #enterRung(call: Call, name: string): void {
    const spans = this.#calls.get(call.id);
    if (spans === undefined) return;
    spans.rung?.span.end();
    const span = this.#tracer.startSpan(`rung ${name}`, { attributes: { "tideover.rung.name": name } }, spans.context);
    spans.rung = { span, context: trace.setSpan(spans.context, span) };
  }

  #leaveRung(call: Call, failed: Failure): void {
    const spans = this.#calls.get(call.id);
    if (spans === undefined) return;
    closeWith(spans.rung?.span, failed);
    spans.rung = undefined;
  }

  #beginAttempt({ call, provider, account }: Extract<EngineEvent, { type: "attempt-started" }>): void {
    const spans = this.#calls.get(call.id);
    const record = call.trace.attempts.at(-1);
    if (spans === undefined || record === undefined) return;
    const operation = operationName(call.request.operation);
    const span = this.#tracer.startSpan(
      `${operation} ${provider}`,
      {
        kind: SpanKind.CLIENT,
        attributes: {
          "gen_ai.operation.name": operation,
          "gen_ai.provider.name": provider,
          "tideover.account": account,
          "tideover.continuation": call.request.continuation !== undefined,
        },
      },
      spans.rung?.context ?? spans.context,
    );
    spans.attempts.set(record, span);
    // The adapter, which is asked right after this event, takes it to the provider.
    call.trace.traceparent = traceparentOf(span.spanContext());
  }

  #endAttempt({ call, record, model, usage }: Extract<EngineEvent, { type: "attempt-ended" }>): void {
    const attempts = this.#calls.get(call.id)?.attempts;
    const span = attempts?.get(record);
    if (span === undefined) return;
    attempts?.delete(record);
    span.setAttributes({
      "tideover.outcome": record.outcome,
      ...(model === undefined ? {} : { "gen_ai.request.model": model }),
      ...(usage === undefined
        ? {}
        : {
            "gen_ai.usage.input_tokens": usage.promptTokens,
            "gen_ai.usage.output_tokens": usage.completionTokens,
          }),
    });
    if (record.outcome !== "answered") {
      span.setAttribute("error.type", record.reason ?? record.outcome);
      span.setStatus({ code: SpanStatusCode.ERROR, message: record.reason ?? record.outcome });
    }
    span.end();
  }

  #note(call: Call, name: string, attributes: Attributes): void {
    const spans = this.#calls.get(call.id);
    (spans?.rung?.span ?? spans?.span)?.addEvent(name, attributes);
  }
}

function closeWith(span: Span | undefined, failed: Failure | undefined): void {
  if (span === undefined) return;
  if (failed !== undefined) {
    span.setAttribute("error.type", failed.reason);
    span.setStatus({ code: SpanStatusCode.ERROR, message: failed.reason });
  }
  span.end();
}

/** OpenTelemetry's word for an operation. */
function operationName(operation: Call["request"]["operation"]): string {
  return operation === "completions" || operation === "fim" ? "text_completion" : operation;
}

/** The context that a `traceparent` names, as the parent of a span. */
function parentOf(traceparent: string | undefined): Context {
  const [, traceId = "", spanId = "", flags = "00"] = traceparent?.split("-") ?? [];
  if (traceId === "") return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16) & 1;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}
