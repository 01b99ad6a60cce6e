import { MAX_REMEMBERED_URLS } from "./defaults.ts";

/** Where a request goes. */
export interface RequestTarget {
  readonly secure: boolean;
  /** `https://host:port`, which requests that can share connections have in common. */
  readonly origin: string;
  /** The name or address that is connected to. */
  readonly hostname: string;
  readonly port: number;
  /** Path and query. */
  readonly path: string;
  /** The `Host` header. */
  readonly host: string;
  /** `host:port`, for messages. */
  readonly shownAs: string;
}

/** Reads URLs; a provider's are the same every time, so the last ones are remembered. */
export class RequestTargets {
  readonly #known = new Map<string, RequestTarget>();

  /** The target of a URL; undefined when it is none of `http:` or `https:`. */
  of(url: string): RequestTarget | undefined {
    const known = this.#known.get(url);
    if (known !== undefined) return known;
    const target = targetOf(url);
    if (target === undefined) return undefined;
    if (this.#known.size >= MAX_REMEMBERED_URLS) this.#known.clear();
    this.#known.set(url, target);
    return target;
  }
}

function targetOf(text: string): RequestTarget | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return undefined;
  const secure = url.protocol === "https:";
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  return {
    secure,
    origin: url.origin,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port,
    path: url.pathname + url.search,
    host: url.host,
    shownAs: `${url.hostname}:${port}`,
  };
}
