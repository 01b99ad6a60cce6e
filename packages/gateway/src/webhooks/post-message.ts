import type { ClientRequest } from "node:http";
import type { LookupFunction } from "node:net";
import { nodeHttp, nodeHttps } from "../node-http.ts";
import { pinnedAddress, type Resolve } from "./address-guard.ts";
import { ATTEMPT_MS } from "./defaults.ts";
import { type PostResult, resultOf } from "./post-result.ts";

/** What is posted. */
export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly allowPrivate: boolean;
  /** Another resolver, for tests. */
  readonly resolve?: Resolve | undefined;
  /** How long it may take, in ms. */
  readonly timeoutMs?: number | undefined;
}

/** Posts once, to the address that was checked; follows no redirect. Never rejects. */
export async function postMessage(post: Post): Promise<PostResult> {
  const timeout = AbortSignal.timeout(post.timeoutMs ?? ATTEMPT_MS);
  try {
    const url = new URL(post.url);
    const { address, family } = await pinnedAddress(url.hostname, post.allowPrivate, post.resolve);
    const lookup: LookupFunction = (_host, options, callback) => {
      if (options.all === true) callback(null, [{ address, family }]);
      else callback(null, address, family);
    };
    return await send(url, post, lookup, timeout);
  } catch (error) {
    if (timeout.aborted) return { type: "failed", why: "it took too long" };
    return { type: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}

function send(url: URL, { headers, body }: Post, lookup: LookupFunction, signal: AbortSignal): Promise<PostResult> {
  const open = url.protocol === "https:" ? nodeHttps.request : nodeHttp.request;
  return new Promise((resolve, reject) => {
    const request: ClientRequest = open(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(body)),
        "user-agent": "tideover-webhooks",
        ...headers,
      },
      // A connection of its own: a pooled one was checked for another message.
      agent: false,
      lookup,
      signal,
    });
    request.on("error", reject);
    request.on("response", (response) => {
      // Nothing of the body matters, and none of it is kept.
      response.resume();
      response.on("error", reject);
      resolve(resultOf(response.statusCode ?? 0, response.headers["retry-after"]));
      response.on("end", () => request.destroy());
    });
    request.end(body);
  });
}
