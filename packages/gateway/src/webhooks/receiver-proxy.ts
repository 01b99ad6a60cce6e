import { isIP } from "node:net";
import { failure } from "tideover/engine";
import { createNodeTransport, type NodeTransport, type ProxySettings } from "../transport/index.ts";
import { isPublicAddress, type Resolve, resolveByDns } from "./address-guard.ts";
import { ATTEMPT_MS } from "./defaults.ts";
import type { Post } from "./post-message.ts";
import { type PostResult, resultOf } from "./post-result.ts";

/** The way to receivers that leads through a proxy. */
export class ReceiverProxy {
  readonly #settings: ProxySettings;
  #transport: NodeTransport | undefined;

  /** @param settings `server.proxy`, resolved */
  constructor(settings: ProxySettings) {
    this.#settings = settings;
  }

  /** Whether messages to an address go this way: not to this machine, and not to what `NO_PROXY` names. */
  leadsTo(address: string): boolean {
    const { protocol, hostname, port } = new URL(address);
    const { http, https, noProxy = "" } = this.#settings;
    if ((protocol === "https:" ? https : http) === undefined) return false;
    const host = bareHost(hostname);
    if (host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."))) return false;
    return !noProxy
      .split(/[\s,]+/)
      .some((entry) => isNamed(entry, host, port || (protocol === "https:" ? "443" : "80")));
  }

  /**
   * Posts once. The proxy finds the address, so none can be pinned: what is known to be private here is refused, and what
   * has no address here is left to the proxy, whose rules say where it leads. Never rejects.
   */
  async post({ url, headers, body, allowPrivate, resolve, timeoutMs = ATTEMPT_MS }: Post): Promise<PostResult> {
    const host = bareHost(new URL(url).hostname);
    if (!allowPrivate && (await isPrivate(host, resolve))) {
      const why = `${host} is not an address of the public internet (server.webhooks[].private: true allows it).`;
      return { type: "failed", why };
    }
    // It tells loopback and NO_PROXY by rules of its own, so it is given neither.
    this.#transport ??= createNodeTransport({ proxy: { http: this.#settings.http, https: this.#settings.https } });
    const abort = new AbortController();
    const late = failure("deadline", "webhook-timeout", "it took too long");
    const timer = setTimeout(() => abort.abort(late), timeoutMs);
    try {
      const response = await this.#transport.send(
        {
          method: "POST",
          url,
          headers: { "content-type": "application/json", "user-agent": "tideover-webhooks", ...headers },
          body,
        },
        abort.signal,
      );
      if (response.type === "failure") return { type: "failed", why: response.message };
      // Nothing of the body matters.
      response.body.cancel();
      return resultOf(response.status, response.header("retry-after"));
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.#transport?.close();
  }
}

/** Whether an entry of `NO_PROXY` names a host: itself, a domain that it lies in, or everything. */
function isNamed(entry: string, host: string, port: string): boolean {
  const [, name = "", ownPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
  if (entry === "*") return true;
  if (name === "" || (ownPort !== undefined && ownPort !== port)) return false;
  return host === name || host.endsWith(`.${name}`);
}

async function isPrivate(host: string, resolve: Resolve = resolveByDns): Promise<boolean> {
  const family = isIP(host);
  if (family !== 0) return !isPublicAddress({ address: host, family: family as 4 | 6 });
  const found = await resolve(host).catch((error: unknown) => {
    if (error instanceof Error) return [];
    throw error;
  });
  return !found.every(isPublicAddress);
}

function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "").toLowerCase();
}
