import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createLine, type Socket } from "node:net";
import { rolldown } from "rolldown";

/** A shop's own server: gives the page out, and holds the key that the page must not have. */
export interface ShopServer extends AsyncDisposable {
  readonly url: string;
  /** What pages call as the gateway: a line to it that can be cut. */
  readonly line: string;
  /** Everything that was sent to pages, as text. */
  readonly said: () => string;
  /** Cuts the next streams towards pages after so many bytes each, in this order. */
  cutStreamsAfter(...bytes: number[]): void;
}

/** What a page is, with the address under which it finds the gateway. */
const page = (gateway: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Shop</title></head>
<body data-gateway="${gateway}">
<tide-when level="normal busy" route="product-copy" id="extras"><p>People also bought</p></tide-when>
<tide-when level="normal" otherwise="disable" id="write"><button>Write me a poem</button></tide-when>
<tide-when level="degraded outage" id="sorry"><p>Texts may be shorter than usual.</p></tide-when>
<div id="app"></div><pre id="tickets"></pre>
<script type="module" src="/page.js"></script>
</body></html>`;

/**
 * Starts the shop.
 * @param gatewayUrl where the gateway is
 * @param key the shop's key at the gateway
 */
export async function startShop(gatewayUrl: string, key: string): Promise<ShopServer> {
  const script = await bundlePage();
  let said = "";
  const cuts: number[] = [];
  const line = await startLine(gatewayUrl);
  const server = createServer((asked, response) => {
    const isStream = asked.url?.startsWith("/v1/streams/") === true;
    if (asked.url === "/api/chat" || isStream) {
      passOn(asked, response, {
        path: isStream ? (asked.url ?? "") : "/v1/chat/completions",
        gatewayUrl,
        key,
        cuts,
        hear: (text) => (said += text),
      });
      return;
    }
    const isScript = asked.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html; charset=utf-8");
    response.end(isScript ? script : page(line.url));
  });
  const url = await listening(server);
  return {
    url,
    line: line.url,
    said: () => said,
    cutStreamsAfter: (...bytes) => cuts.push(...bytes),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await line.close();
    },
  };
}

interface Passing {
  readonly path: string;
  readonly gatewayUrl: string;
  readonly key: string;
  readonly cuts: number[];
  hear(text: string): void;
}

/** Passes a request on with the shop's key, and what comes back with its headers, until it is cut. */
function passOn(asked: IncomingMessage, response: ServerResponse, passing: Passing): void {
  const { path, gatewayUrl, key, cuts, hear } = passing;
  const { "content-type": type = "", "tideover-resumable": resumable, prefer } = asked.headers;
  const headers = {
    "content-type": type,
    authorization: `Bearer ${key}`,
    ...(typeof resumable === "string" ? { "tideover-resumable": resumable } : {}),
    ...(typeof prefer === "string" ? { prefer } : {}),
  };
  const passed = request(`${gatewayUrl}${path}`, { method: asked.method, headers }, (answer) => {
    const isStream = answer.headers["content-type"]?.startsWith("text/event-stream") === true;
    let left = isStream ? (cuts.shift() ?? Infinity) : Infinity;
    hear(JSON.stringify(answer.headers));
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on("data", (bytes: Buffer) => {
      hear(bytes.toString());
      if (left <= 0) return;
      // A connection lost on the way, after so much has got through: in the middle of an event, of a character even.
      if (bytes.length >= left) response.write(bytes.subarray(0, left), () => response.destroy());
      else response.write(bytes);
      left -= bytes.length;
    });
    answer.on("end", () => response.end());
    answer.on("error", () => response.destroy());
  });
  passed.on("error", () => response.destroy());
  response.on("close", () => passed.destroy());
  asked.pipe(passed);
}

/** A plain line of bytes to the gateway, under an address of its own: another origin than the page's. */
async function startLine(gatewayUrl: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { hostname, port } = new URL(gatewayUrl);
  const sockets = new Set<Socket>();
  const server = createLine((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {
        near.destroy();
        far.destroy();
      });
      socket.on("close", () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bundlePage(): Promise<string> {
  const bundle = await rolldown({
    input: new URL("./page.ts", import.meta.url).pathname,
    resolve: { conditionNames: ["tideover-source", "browser", "import", "default"] },
    platform: "browser",
  });
  const { output } = await bundle.generate({ format: "esm" });
  await bundle.close();
  return output[0].code;
}
