import { createServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Refusal } from "./scenario.ts";

/** A server before another one. */
export interface Gatekeeper {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a server that refuses what it is told to and hands everything else to the server behind it. */
export async function startGatekeeper(
  behindUrl: string,
  refusal: (bodyText: string) => Refusal | undefined,
): Promise<Gatekeeper> {
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const body = Buffer.concat(parts);
      const refused = refusal(body.toString("utf8"));
      if (refused !== undefined) {
        outgoing.writeHead(refused.status, { "content-type": "application/json" }).end(JSON.stringify(refused.body));
        return;
      }
      const { method, headers, url = "/" } = incoming;
      const onward = request(new URL(url, behindUrl), { method, headers: headers as IncomingHttpHeaders }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        // A body that breaks behind must break here too, or a cut would look like an end.
        answer.on("aborted", () => outgoing.destroy());
      });
      onward.on("error", () => outgoing.destroy());
      outgoing.on("close", () => onward.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
