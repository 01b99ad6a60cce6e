import type { Fetch } from "tideover";
import { REDIS_REQUEST_MS } from "../defaults.ts";

/** Where a Redis takes commands over HTTP. */
export interface RedisOverHttpOptions {
  /** Its address, such as `https://name.upstash.io`. */
  readonly url: string;
  /** Its token; it goes into a header and nowhere else. */
  readonly token: string;
  /** Default: the platform's fetch. */
  readonly fetch?: Fetch | undefined;
}

/** A command and its arguments, as Redis has them. */
export type RedisCommand = readonly (string | number)[];

/**
 * A Redis that takes commands over HTTP in the form of Upstash: a JSON array of commands at `/pipeline`, or at
 * `/multi-exec` to be done together or not at all.
 */
export class RedisOverHttp {
  readonly #url: string;
  readonly #token: string;
  readonly #send: Fetch;

  /** @throws TypeError for an address that is none */
  constructor({ url, token, fetch: send = (input, init) => fetch(input, init) }: RedisOverHttpOptions) {
    if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : "")) {
      throw new TypeError("The address of a Redis over HTTP begins with https://, such as https://name.upstash.io.");
    }
    this.#url = url.replace(/\/+$/, "");
    this.#token = token;
    this.#send = send;
  }

  /** The results of commands, in order. @throws Error with what the server says, for one that fails */
  pipeline(
    commands: readonly RedisCommand[],
    signal: AbortSignal = AbortSignal.timeout(REDIS_REQUEST_MS),
  ): Promise<readonly unknown[]> {
    return this.#post("/pipeline", commands, signal);
  }

  /** The same, all together or not at all. */
  transaction(commands: readonly RedisCommand[]): Promise<readonly unknown[]> {
    return this.#post("/multi-exec", commands, AbortSignal.timeout(REDIS_REQUEST_MS));
  }

  async #post(path: string, commands: readonly RedisCommand[], signal: AbortSignal): Promise<readonly unknown[]> {
    const response = await this.#send(this.#url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      body: JSON.stringify(commands),
      signal,
    });
    const said: unknown = await response.json();
    if (!Array.isArray(said)) throw new Error(`Redis over HTTP answered ${response.status}: ${errorIn(said)}`);
    return said.map((one: unknown) => {
      const error = errorIn(one);
      if (error !== undefined) throw new Error(`Redis over HTTP refused a command: ${error}`);
      return (one as { readonly result?: unknown }).result;
    });
  }
}

function errorIn(said: unknown): string | undefined {
  const error = typeof said === "object" && said !== null ? (said as { readonly error?: unknown }).error : undefined;
  return typeof error === "string" ? error : undefined;
}
