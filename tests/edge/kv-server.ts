import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { receivedBody } from "./received-body.ts";

/** The server behind a KV namespace: keeps what the Worker keeps, for longer than the Worker lives. */
export interface KvServer extends AsyncDisposable {
  readonly url: string;
  /** How many entries there are. */
  readonly size: number;
  /** While true, requests are taken and never answered. */
  hangs: boolean;
  /** Requests that were taken. */
  readonly requests: number;
}

/** Speaks what workerd speaks to its namespaces: a path for each key, the metadata in a header. */
export async function startKvServer(): Promise<KvServer> {
  const entries = new Map<string, { readonly value: string; readonly metadata: string | undefined }>();
  const state = { hangs: false, requests: 0 };
  const server = createServer((request, response) => {
    state.requests++;
    if (state.hangs) return;
    const key = decodeURIComponent(new URL(request.url ?? "/", "http://kv").pathname.slice(1));
    const entry = entries.get(key);
    if (request.method === "PUT") {
      const metadata = request.headers["cf-kv-metadata"];
      void receivedBody(request).then((body) => {
        if (body === undefined) return;
        entries.set(key, { value: body.toString(), metadata: typeof metadata === "string" ? metadata : undefined });
        response.end();
      });
      return;
    }
    if (request.method === "DELETE") entries.delete(key);
    response.statusCode = request.method === "GET" && entry === undefined ? 404 : 200;
    response.end(request.method === "GET" ? entry?.value : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get size() {
      return entries.size;
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
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
