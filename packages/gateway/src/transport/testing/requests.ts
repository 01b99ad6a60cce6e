import type { Failure, TransportRequest, TransportResponse } from "tideover/engine";

/** A signal that never aborts. */
export const never = new AbortController().signal;

/** A chat request to a test's server. */
export const post = (url: string, more: Partial<TransportRequest> = {}): TransportRequest => ({
  method: "POST",
  url: `${url}/v1/chat/completions?x=1`,
  headers: { "content-type": "application/json" },
  body: "{}",
  ...more,
});

/** The response of a sending that must not fail. */
export async function answered(sent: Promise<TransportResponse | Failure>): Promise<TransportResponse> {
  const result = await sent;
  if (result.type === "failure") throw new Error(`${result.reason}: ${result.message}`);
  return result;
}
