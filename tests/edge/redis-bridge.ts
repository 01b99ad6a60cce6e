import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { json } from "node:stream/consumers";

/** A real Redis, reached over HTTP in the form that Upstash has. */
export interface RedisBridge extends AsyncDisposable {
  readonly url: string;
}

/** Starts a server that hands commands on to a Redis on a port of this machine. */
export async function startRedisBridge(redisPort: number): Promise<RedisBridge> {
  const server = createServer((request, response) => {
    void json(request)
      .then((commands) => run(redisPort, commands as (string | number)[][], request.url === "/multi-exec"))
      .then((results) => response.end(JSON.stringify(results.map((result) => ({ result })))))
      .catch((error: unknown) => response.writeHead(400).end(JSON.stringify({ error: String(error) })));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The replies to commands, on a connection of their own. */
async function run(port: number, commands: (string | number)[][], together: boolean): Promise<readonly unknown[]> {
  const all = together ? [["MULTI"], ...commands, ["EXEC"]] : commands;
  const socket = connect(port, "127.0.0.1");
  try {
    socket.write(all.map(encoded).join(""));
    let bytes = Buffer.alloc(0);
    for await (const part of socket) {
      bytes = Buffer.concat([bytes, part as Buffer]);
      const replies = decoded(bytes, all.length);
      if (replies === undefined) continue;
      return together ? (replies.at(-1) as readonly unknown[]) : replies;
    }
    throw new Error("Redis closed the connection.");
  } finally {
    socket.destroy();
  }
}

function encoded(command: readonly (string | number)[]): string {
  const parts = command.map((part) => `$${Buffer.byteLength(String(part))}\r\n${part}\r\n`);
  return `*${command.length}\r\n${parts.join("")}`;
}

/** So many replies (RESP 2); undefined while they are not all there. @throws Error for a reply that is an error */
function decoded(bytes: Buffer, count: number): readonly unknown[] | undefined {
  let at = 0;
  const line = (): string | undefined => {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const text = bytes.toString("utf8", at, end);
    at = end + 2;
    return text;
  };
  const several = (most: number): unknown[] | undefined => {
    const values: unknown[] = [];
    while (values.length < most) {
      const value = one();
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  };
  const one = (): unknown => {
    const head = line();
    if (head === undefined) return undefined;
    const rest = head.slice(1);
    if (head.startsWith("-")) throw new Error(rest);
    if (head.startsWith(":")) return Number(rest);
    if (head.startsWith("*")) return several(Number(rest));
    if (!head.startsWith("$")) return rest;
    const length = Number(rest);
    if (length < 0) return null;
    if (bytes.length < at + length + 2) return undefined;
    const text = bytes.toString("utf8", at, at + length);
    at += length + 2;
    return text;
  };
  return several(count);
}
