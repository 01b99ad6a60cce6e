import { isJsonObject, type JsonObject } from "../engine/index.ts";
import type { ResponseHead } from "../wire/index.ts";
import type { AskedResponse } from "./asked-response.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Under which identifier the answer of this exchange is to be told: the caller's own, or, where an idempotency key
 * keeps it, the one of the request that it was given to first.
 */
export function headOfAnswer({ trace }: Exchange, { head }: AskedResponse): ResponseHead {
  return trace.keptAs === undefined ? head : { ...head, id: trace.keptAs, stored: true };
}

/**
 * Keeps a whole answer, unless its caller wants it not stored or it is kept already.
 * @returns what the document says of it: a store that is out costs the response its keeping and not the caller its answer
 */
export async function keepResponse(
  exchange: Exchange,
  asked: AskedResponse,
  answer: JsonObject,
): Promise<ResponseHead> {
  const head = headOfAnswer(exchange, asked);
  const { call, jobs, trace } = exchange;
  if (!head.stored || trace.keptAs !== undefined) return head;
  if (call === undefined || jobs === undefined) return { ...head, stored: false };
  const { tideover, ...plain } = answer;
  const provenance = isJsonObject(tideover) ? { provenance: tideover } : {};
  const result = { status: 200, body: JSON.stringify(plain), ...provenance };
  return { ...head, stored: await jobs.jobs.keep(call, result) };
}
