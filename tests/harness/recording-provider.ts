import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "tideover/engine";

/** A request as a provider received it, byte for byte. */
export interface RecordedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly json: JsonObject;
}

/** What a recording provider answers. */
export interface CannedAnswer {
  readonly status?: number;
  readonly contentType?: string;
  readonly body: string;
}

/** A provider that answers as it is told and keeps what it received. */
export interface RecordingProvider extends AsyncDisposable {
  readonly url: string;
  readonly requests: RecordedRequest[];
}

/** Starts a recording provider on a free port; closed by `await using`. */
export async function recordingProvider(
  answer: (request: RecordedRequest) => CannedAnswer,
): Promise<RecordingProvider> {
  const requests: RecordedRequest[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8");
      const recorded = { path: request.url ?? "", headers: request.headers, body, json: JSON.parse(body) };
      requests.push(recorded);
      const { status = 200, contentType = "application/json", body: text } = answer(recorded);
      response.writeHead(status, { "content-type": contentType }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The body of a stream of these chunks, `[DONE]` included. */
export function sse(...chunks: readonly JsonObject[]): string {
  return `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("")}data: [DONE]\n\n`;
}
