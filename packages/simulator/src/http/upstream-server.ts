import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { platformClock } from "tideover/runtime";
import type { UpstreamOptions } from "../model/options.ts";
import { createUpstreamModel, type UpstreamModel } from "../model/upstream-model.ts";
import { ResponseWire } from "./response-wire.ts";

/** Largest request body that is read, bytes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Settings of {@link startUpstreamServer}; those of the model, with real time unless a clock is given. */
export interface UpstreamServerOptions extends Omit<UpstreamOptions, "clock"> {
  readonly clock?: UpstreamOptions["clock"];
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
}

/** A simulated provider that listens. */
export interface UpstreamServer {
  /** Address without a path: `http://127.0.0.1:41237`. An OpenAI client is given this with `/v1`. */
  readonly url: string;
  readonly port: number;
  readonly model: UpstreamModel;
  /** Resets what is open and stops to listen. */
  close(): Promise<void>;
}

/**
 * Starts the simulated provider as an HTTP server.
 * Rejects with the system's error when it cannot listen there, and with RangeError for senseless options.
 */
export async function startUpstreamServer(options: UpstreamServerOptions = {}): Promise<UpstreamServer> {
  const { port = 0, host = "127.0.0.1", clock = platformClock, ...rest } = options;
  const model = createUpstreamModel({ ...rest, clock });
  const server = createServer((request, response) => receive(request, response, model));
  await listen(server, port, host);
  const address = server.address() as AddressInfo;
  const shownHost = address.family === "IPv6" ? `[${address.address}]` : address.address;
  return {
    url: `http://${shownHost}:${address.port}`,
    port: address.port,
    model,
    close: () => {
      model.close();
      return close(server);
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}

function receive(request: IncomingMessage, response: ServerResponse, model: UpstreamModel): void {
  const chunks: Buffer[] = [];
  let length = 0;
  request.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
  });
  // A caller that leaves while it sends was never answered; there is nothing to undo.
  request.on("error", () => response.destroy());
  request.on("end", () => {
    if (length > MAX_BODY_BYTES) {
      response.writeHead(413, { "content-type": "text/plain", connection: "close" });
      response.end(`The body has ${length} bytes; at most ${MAX_BODY_BYTES} are read.`);
      return;
    }
    const exchange = model.exchange(
      {
        method: request.method ?? "GET",
        path: request.url ?? "/",
        headers: plainHeaders(request),
        body: Buffer.concat(chunks).toString("utf8"),
      },
      new ResponseWire(response),
    );
    // "close" also follows a response that ended; an exchange that is over takes no notice.
    response.on("close", () => exchange.closed());
  });
}

function plainHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
}
