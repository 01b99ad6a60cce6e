import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";
import type { Beside } from "./beside.ts";

/** A span as OTLP's JSON has it, as far as it is looked at. */
interface Span {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

/** A trace export request of OTLP over HTTP, in JSON. */
interface TraceExport {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

/** A call's span, below it a rung's, below that an attempt's. */
type Branch = readonly [call: Span, rung: Span, attempt: Span];

/** An OTLP/HTTP collector on a free port: the page's program sends its spans here, soon, and is stopped once they have come. */
export async function spanReceiver(): Promise<Beside> {
  const spans: Span[] = [];
  const server = createServer((request, response) => {
    if (request.method === "GET") {
      response.writeHead(branchIn(spans) === undefined ? 404 : 200).end();
      return;
    }
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      if (request.url === "/v1/traces") spans.push(...spansIn(JSON.parse(body) as TraceExport));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = `OTEL_EXPORTER_OTLP_ENDPOINT=${url} OTEL_BSP_SCHEDULE_DELAY=100 DOCS_UNTIL=${url}/seen`;
  return {
    inPlaceOf: [["NODE_OPTIONS=", `${settings} NODE_OPTIONS=`]],
    prove() {
      const names = branchIn(spans)?.map(({ name }) => name);
      expect(names, "spans of a call, its rung and its attempt").toMatchObject([
        expect.stringMatching(/^chat /),
        expect.stringMatching(/^rung /),
        expect.stringMatching(/^chat /),
      ]);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const spansIn = ({ resourceSpans }: TraceExport): readonly Span[] =>
  resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));

function branchIn(spans: readonly Span[]): Branch | undefined {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  for (const attempt of spans) {
    const rung = byId.get(attempt.parentSpanId ?? "");
    const call = byId.get(rung?.parentSpanId ?? "");
    if (rung?.name.startsWith("rung ") === true && call !== undefined) return [call, rung, attempt];
  }
  return undefined;
}
