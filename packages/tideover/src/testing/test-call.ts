import type { Call, CallRequest } from "../engine/call.ts";
import { newTrace } from "../engine/provenance.ts";

/** A call with everything filled in, for tests of layers and rungs. */
export function testCall(overrides: Partial<Omit<Call, "request">> & { request?: Partial<CallRequest> } = {}): Call {
  const { request, ...rest } = overrides;
  const body = request?.body ?? { model: "test-model", messages: [{ role: "user", content: "Hello" }] };
  return {
    id: "call-1",
    request: {
      operation: "chat",
      model: "test-model",
      body,
      bytes: new TextEncoder().encode(JSON.stringify(body)),
      stream: true,
      includeUsage: false,
      ...request,
    },
    tenant: "test",
    priority: 3,
    startedAt: 0,
    deadline: 120_000,
    signal: new AbortController().signal,
    callerRetries: 0,
    lastChance: false,
    avoid: [],
    trace: newTrace(),
    ...rest,
  };
}
