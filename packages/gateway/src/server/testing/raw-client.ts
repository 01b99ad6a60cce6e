import { connect, type Socket } from "node:net";
import type { Handler, HttpBody, HttpRequest } from "tideover/front";
import { SILENT_LOG } from "../../logging/log.ts";
import { type RunningServer, type ServerOptions, startServer } from "../node-server.ts";

const LIMITS = { body: 1_000, headers: 8_192, headersTimeout: 2_000, bodyTimeout: 4_000, writeTimeout: 10_000 };
const running: RunningServer[] = [];
const sockets: Socket[] = [];

/** Keeps a test's own client, to be closed with the rest. */
export function keep(socket: Socket): Socket {
  sockets.push(socket);
  return socket;
}

/** Ends every server and client of a test; for `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(running.splice(0).map((server) => server.close(0)));
}

/** Starts a server with small limits on a free loopback port. */
export async function serve(
  handler: Handler,
  limits: Partial<ServerOptions["limits"]> = {},
  more: Partial<ServerOptions> = {},
): Promise<RunningServer> {
  const options = { handler, host: "127.0.0.1", port: 0, log: SILENT_LOG, ...more, limits: { ...LIMITS, ...limits } };
  const server = await startServer(options);
  running.push(server);
  return server;
}

/** A client that writes raw bytes and keeps what comes back. */
export async function client(port: number): Promise<{ socket: Socket; text: () => string; closed: Promise<void> }> {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (data) => {
    text += data;
  });
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  await new Promise<void>((resolve) => socket.on("connect", resolve));
  return { socket, text: () => text, closed };
}

/** Answers "ok". */
export const ok: Handler = () => Promise.resolve({ status: 200, headers: {}, body: Buffer.from("ok") });
/** Never answers. */
export const never: Handler = () => new Promise(() => undefined);

/** A body that the test fills and whose cancelling it can see. */
export function scriptedBody() {
  const queue: (Uint8Array | undefined)[] = [];
  let waiting: ((chunk: Uint8Array | undefined) => void) | undefined;
  const state = { cancelled: false, reads: 0 };
  const body: HttpBody = {
    read() {
      state.reads++;
      if (queue.length > 0) return Promise.resolve(queue.shift());
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    cancel() {
      state.cancelled = true;
      waiting?.(undefined);
    },
  };
  const give = (chunk: string | undefined) => {
    const bytes = chunk === undefined ? undefined : Buffer.from(chunk);
    const reader = waiting;
    waiting = undefined;
    if (reader === undefined) queue.push(bytes);
    else reader(bytes);
  };
  return { body, give, state };
}

/** Answers with that body; `seen` is shown the request. */
export const streaming =
  (body: HttpBody, seen?: (request: HttpRequest) => void): Handler =>
  (request) => {
    seen?.(request);
    return Promise.resolve({ status: 200, headers: { "content-type": "text/event-stream" }, body });
  };
