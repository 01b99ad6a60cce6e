import type { IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";

/**
 * The whole body of a request that writes; undefined where its sender went before its end. A Worker that is stopped, or
 * whose caller has left, cuts its writes, and what was cut is not to be kept.
 */
export async function receivedBody(request: IncomingMessage): Promise<Buffer | undefined> {
  try {
    return await buffer(request);
  } catch (error) {
    if (request.complete) throw error;
    return undefined;
  }
}
