import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { receivedBody } from "./received-body.ts";

/** The cache of a data centre, behind the Cache API: keeps what Workers put there, for longer than the Worker lives. */
export interface CacheServer extends AsyncDisposable {
  readonly url: string;
  /** The addresses of what there is, each with the name of its cache before it where that is not the default one. */
  readonly names: readonly string[];
  /** While true, requests are taken and never answered. */
  hangs: boolean;
  /** Requests that were taken. */
  readonly requests: number;
  /** Forgets everything, as a cache may. */
  forget(): void;
}

/** Speaks what workerd speaks to its caches: GET, PURGE, and PUT with a whole response, head and all, as its body. */
export async function startCacheServer(): Promise<CacheServer> {
  const entries = new Map<string, { readonly head: readonly (readonly [string, string])[]; readonly body: Buffer }>();
  const state = { hangs: false, requests: 0 };
  const server = createServer((request, response) => {
    state.requests++;
    if (state.hangs) return;
    const namespace = request.headers["cf-cache-namespace"];
    const name = `${namespace === undefined ? "" : `${namespace} `}${request.headers.host}${request.url}`;
    if (request.method === "PUT") {
      void receivedBody(request).then((bytes) => {
        if (bytes === undefined) return;
        entries.set(name, responseIn(bytes));
        response.writeHead(204).end();
      });
      return;
    }
    const entry = entries.get(name);
    if (request.method === "PURGE") {
      entries.delete(name);
      response.writeHead(entry === undefined ? 404 : 200).end();
      return;
    }
    response.setHeader("cf-cache-status", entry === undefined ? "MISS" : "HIT");
    for (const [header, value] of entry?.head ?? []) response.setHeader(header, value);
    response.writeHead(entry === undefined ? 504 : 200).end(entry?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get names() {
      return [...entries.keys()];
    },
    get requests() {
      return state.requests;
    },
    get hangs() {
      return state.hangs;
    },
    set hangs(hangs: boolean) {
      state.hangs = hangs;
    },
    forget: () => entries.clear(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The response that a PUT brings: a status line, headers and a body of the length that they say. */
function responseIn(bytes: Buffer) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) throw new Error(`A cached response has a head, and this has none: ${bytes.toString("utf8", 0, 200)}`);
  const [, ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const head = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { head, body: bytes.subarray(end + 4) };
}
