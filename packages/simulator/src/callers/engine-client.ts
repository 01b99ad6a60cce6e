import {
  type Answer,
  type Call,
  type Clock,
  type Failure,
  failure,
  failureOf,
  newTrace,
  readyOutcome,
} from "tideover/engine";
import type { Runtime } from "tideover/runtime";
import { AnswerText } from "tideover/wire";
import type { Asking, Client, Received } from "./client.ts";

/**
 * Asks the engine's routes, as the gateway's front does.
 * @param runtimeNow the engine; another one after a restart
 */
export function engineClient(runtimeNow: () => Runtime, clock: Clock): Client {
  return async (asking) => {
    const runtime = runtimeNow();
    const { body, record } = asking;
    const model = String(body.model);
    const found = runtime.findRoute(model);
    if (found === undefined) return failed(asking, failure("caller", "unknown-model", `No route takes ${model}.`));
    const stream = body.stream === true;
    const call: Call = {
      id: asking.id,
      request: {
        operation: "chat",
        model,
        body,
        bytes: Buffer.from(JSON.stringify(body)),
        stream,
        includeUsage: false,
      },
      tenant: asking.tenant ?? "simulated",
      keyName: asking.tenant,
      priority: asking.urgency,
      startedAt: record.startedAt,
      deadline: asking.deadlineAt,
      signal: asking.signal,
      callerRetries: asking.retries,
      lastChance: false,
      avoid: [],
      trace: newTrace(),
    };
    const outcome = readyOutcome(found.service, call) ?? (await found.service(call));
    if (outcome.type === "failure") return failed(asking, outcome);
    if (outcome.type === "accepted") {
      return failed(asking, failure("rejected", "ticket", "The call became a ticket, which no caller here follows."));
    }
    const received = await read(outcome, asking, clock);
    record.seams = call.trace.seams.length;
    return received;
  };
}

/** Reads an answer to its end; whoever leaves after the first token has had what he came for, so nobody does. */
async function read({ origin, stream }: Answer, asking: Asking, clock: Clock): Promise<Received> {
  const { record } = asking;
  record.firstContentAt = clock.now();
  record.rung = origin.rung;
  record.provider = origin.provider;
  record.degraded = origin.degraded;
  const text = new AnswerText();
  const { signal } = asking;
  const onLoss = () => stream.cancel(failureOf(signal));
  signal.addEventListener("abort", onLoss, { once: true });
  for (;;) {
    const next = await stream.read();
    if (next.type === "ending") {
      signal.removeEventListener("abort", onLoss);
      const { content, finishReason } = text.choice(0);
      if (next.failure === undefined) return { text: content, finishReason };
      return { ...failed(asking, next.failure), text: content };
    }
    for (const event of next.events) text.add(event);
  }
}

function failed({ record, signal }: Asking, why: Failure): Received {
  const told = signal.aborted ? failureOf(signal) : why;
  record.failureKind = told.kind;
  record.failureReason = told.reason;
  return { text: "", failure: told };
}
