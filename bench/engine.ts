/**
 * What the engine itself costs: calls through the real gateway with its default stack, in one process, over a
 * transport that answers at once from memory. No socket, no timer that fires.
 *
 * `node --conditions=tideover-source --expose-gc --min-semi-space-size=128 --max-semi-space-size=128 bench/engine.ts [seconds]` prints one JSON object.
 */
import { createGateway, SILENT_LOG, systemClock, systemIds, systemRandom } from "@tideover/gateway";
import { resolveConfig } from "tideover/config";
import { type Call, newTrace, type Transport } from "tideover/engine";
import { type HttpRequest, type HttpResponse, isWholeBody } from "tideover/front";
import { answerBody, EVENTS_PER_STREAM, requestBody, STREAM_END, stampedEvent } from "./payloads.ts";
import { median } from "./samples.ts";

/** Calls for which memory is counted at once: few enough that their garbage fits where it is made. */
const COUNTED_CALLS = 50;
/** How often it is counted; the median of it stands. */
const COUNTS = 7;
/** Calls between two looks at the clock. */
const CALLS_PER_LOOK = 50;

const ANSWER = Buffer.from(answerBody());
const WHOLE_PIECES = [ANSWER];
const STREAM_PIECES = [
  ...Array.from({ length: EVENTS_PER_STREAM }, () => Buffer.from(stampedEvent(1))),
  Buffer.from(STREAM_END),
];

/** Answers as asked, each piece as one read. */
const transport: Transport = {
  send(request) {
    request.onConnected?.();
    const stream = request.headers.accept === "text/event-stream";
    const pieces = stream ? STREAM_PIECES : WHOLE_PIECES;
    const contentType = stream ? "text/event-stream" : "application/json";
    let next = 0;
    return Promise.resolve({
      type: "response",
      status: 200,
      header: (name) => (name === "content-type" ? contentType : undefined),
      body: {
        read: () => Promise.resolve(pieces[next++]),
        cancel: () => {
          next = pieces.length;
        },
      },
    });
  },
};

/** One way of making a call; resolves when its answer has been read to the end, rejects when it is not whole. */
type OneCall = () => Promise<void>;

/** Through the HTTP surface: what a request costs beside sockets. */
function throughFront(upstream: "mirror" | "stream", stream: boolean): OneCall {
  const { handler } = gatewayOf(upstream);
  const body = Buffer.from(requestBody("whole", stream));
  const headers: Record<string, string> = { host: "127.0.0.1", "content-type": "application/json" };
  return async () => {
    const request: HttpRequest = {
      method: "POST",
      path: "/v1/chat/completions",
      header: (name) => headers[name],
      body,
      signal: new AbortController().signal,
    };
    const response = await handler(request);
    const bytes = await readAll(response);
    if (response.status !== 200 || bytes < ANSWER.length) throw new Error(`Status ${response.status}.`);
  };
}

/** Through the route's stack alone, without the HTTP surface. */
function throughStack(stream: boolean): OneCall {
  const { runtime } = gatewayOf("mirror");
  const text = requestBody("whole", stream);
  const bytes = Buffer.from(text);
  const service = runtime.findRoute("whole")?.service;
  if (service === undefined) throw new Error("The bench's configuration has no route.");
  return async () => {
    const startedAt = systemClock.now();
    const call: Call = {
      id: "bench",
      request: {
        operation: "chat",
        model: "whole",
        body: JSON.parse(text),
        bytes,
        stream,
        includeUsage: stream,
      },
      tenant: "bench",
      priority: 3,
      startedAt,
      deadline: startedAt + 60_000,
      signal: new AbortController().signal,
      callerRetries: 0,
      lastChance: false,
      avoid: [],
      trace: newTrace(),
    };
    const outcome = await service(call);
    if (outcome.type !== "answer") throw new Error(`The call ended in ${JSON.stringify(outcome)}.`);
    for (;;) {
      const next = await outcome.stream.read();
      if (next.type === "batch") continue;
      if (next.failure !== undefined) throw new Error(next.failure.message);
      return;
    }
  };
}

function gatewayOf(upstream: "mirror" | "stream") {
  const loaded = resolveConfig({
    providers: { bench: { preset: "openai-compatible", baseUrl: "http://127.0.0.1:1/v1", apiKey: "bench", upstream } },
    routes: [{ model: "*", ladder: ["bench"] }],
  });
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  return createGateway({
    config: loaded.config,
    transport,
    clock: systemClock,
    random: systemRandom,
    ids: systemIds,
    log: SILENT_LOG,
  });
}

async function readAll({ body }: HttpResponse): Promise<number> {
  if (isWholeBody(body)) return body.length;
  let bytes = 0;
  for (;;) {
    const piece = await body.read();
    if (piece === undefined) return bytes;
    bytes += piece.length;
  }
}

/**
 * Microseconds per call, one after the other, over so many seconds: the CPU time of this thread, which is what a call
 * takes from all others and which the neighbours of a shared machine do not stretch.
 */
async function timeOf(call: OneCall, seconds: number): Promise<number> {
  const startedAt = process.threadCpuUsage();
  let calls = 0;
  for (;;) {
    for (let count = 0; count < CALLS_PER_LOOK; count++) await call();
    calls += CALLS_PER_LOOK;
    const { user, system } = process.threadCpuUsage(startedAt);
    if (user + system >= seconds * 1e6) return (user + system) / calls;
  }
}

/**
 * Bytes that one call allocates on the heap, garbage included, as long as nothing is collected meanwhile: the nursery
 * must be large from the start. NaN where garbage collection cannot be asked for.
 */
async function memoryOf(call: OneCall): Promise<number> {
  if (globalThis.gc === undefined) return Number.NaN;
  const counts: number[] = [];
  for (let count = 0; count < COUNTS; count++) {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    for (let done = 0; done < COUNTED_CALLS; done++) await call();
    counts.push((process.memoryUsage().heapUsed - before) / COUNTED_CALLS);
  }
  return median(counts);
}

const seconds = Number(process.argv[2] ?? 2);
const ways: Readonly<Record<string, OneCall>> = {
  stackWhole: throughStack(false),
  stackStream: throughStack(true),
  frontWhole: throughFront("mirror", false),
  frontStream: throughFront("mirror", true),
  frontFolded: throughFront("stream", false),
};
const values: Record<string, number> = {};
for (const [name, call] of Object.entries(ways)) {
  // As long as the measured time: the compiler is done with a path of this length after about a second.
  await timeOf(call, seconds);
  values[`${name}Micros`] = await timeOf(call, seconds);
  values[`${name}Bytes`] = await memoryOf(call);
}
// Whatever still waits belongs to calls that are over.
process.stdout.write(`${JSON.stringify(values)}\n`, () => process.exit(0));
