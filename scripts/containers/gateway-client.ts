/** What the tries ask a gateway in a container. */
import { strict as assert } from "node:assert";
import { waitUntil } from "./waiting.ts";

/** How long an answer may take, in ms. */
const ANSWER_MS = 60_000;
/** How long a ticket may take, in ms: less than the minute after which what nobody took is told anew, which would hide a loss. */
const TICKET_MS = 50_000;

/** A gateway, and the key to ask it with. */
export interface Gateway {
  readonly url: string;
  readonly key: string;
  readonly signal: AbortSignal;
}

/** The members of a job that the tries look at. */
interface Job {
  readonly id: string;
  readonly status: string;
}

/** Sends a chat request. */
export function ask(
  gateway: Gateway,
  more: object = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const body = { model: "deepseek-flash", messages: [{ role: "user", content: "Hello" }], max_tokens: 16, ...more };
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.any([gateway.signal, AbortSignal.timeout(ANSWER_MS)]),
  });
}

/** Asks for an answer and sees that a live provider gave it. @throws Error when it did not */
export async function answered(gateway: Gateway): Promise<void> {
  const response = await ask(gateway);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  assert.equal(response.headers.get("tideover-rung"), "live", text);
}

/** Asks for a ticket. @returns the job's id @throws Error when there is none */
export async function ticket(gateway: Gateway): Promise<string> {
  const response = await ask(gateway, {}, { prefer: "respond-async" });
  const text = await response.text();
  assert.equal(response.status, 202, text);
  return (JSON.parse(text) as Job).id;
}

/** Waits until a job has its answer. @throws Error when it has none in time */
export async function succeeded(gateway: Gateway, id: string): Promise<void> {
  const look = async () => {
    const response = await fetch(`${gateway.url}/v1/jobs/${id}`, {
      headers: { authorization: `Bearer ${gateway.key}` },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return (await response.json()) as Job;
  };
  await waitUntil(`job ${id} succeeded`, TICKET_MS, look, (job) => job.status === "succeeded", gateway.signal);
}
