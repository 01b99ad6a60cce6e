import { request } from "node:http";
import { connect } from "node:net";
import { seededRandom } from "tideover/engine";
import { expect, test } from "vitest";
import { ask, askStreamed, chat, contentOf } from "../harness/ask.ts";
import { asking, LONG_QUESTION, SLOW } from "../harness/client-stage.ts";
import { believedInFlight, pause, promptly, upstreamInFlight } from "../harness/promptly.ts";
import { recordingLog } from "../harness/recording-log.ts";
import { type Stage, type StageOptions, stage } from "../harness/stage.ts";

function slowStage(more: Partial<StageOptions> = {}): Promise<Stage> {
  return stage({
    upstreams: { slow: { ...SLOW, accountConcurrency: 2_000 } },
    routes: [{ model: "*", ladder: ["slow"] }],
    ...more,
  });
}

/** Begins a request that can be left. */
function begin(on: Stage, body: object): { readonly response: Promise<Response>; leave(): void } {
  const leaving = new AbortController();
  const response = fetch(`${on.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "sim-chat", messages: asking(LONG_QUESTION), ...body }),
    signal: leaving.signal,
  });
  return { response, leave: () => leaving.abort() };
}

/** Nothing is left of anybody's request, at the providers or in the gateway's own books. */
async function expectNothingLeft(on: Stage, withinMs?: number): Promise<void> {
  const nothingLeft = () => {
    const { accounts, breakers } = believedInFlight(on.gateway);
    return upstreamInFlight(on) + accounts + breakers === 0;
  };
  await promptly("no request in flight, upstream or in the gateway's books", nothingLeft, withinMs);
}

test("a client that hangs up in the middle of a stream ends the upstream request at once", async () => {
  await using on = await slowStage();
  const { response, leave } = begin(on, { stream: true });
  const reader = (await response).body?.getReader();
  await reader?.read();
  expect(upstreamInFlight(on)).toBe(1);
  expect(believedInFlight(on.gateway)).toEqual({ accounts: 1, breakers: 1 });
  leave();
  await expect(reader?.closed).rejects.toThrow();
  await expectNothingLeft(on);
  expect(on.upstreams.slow?.model.counters.abortedByCaller).toBe(1);
});

test.each([true, false])("a client that hangs up before the first token does so too, streamed: %s", async (stream) => {
  await using on = await slowStage();
  const { response, leave } = begin(on, { model: "fault-silence", stream });
  const refused = expect(response).rejects.toThrow();
  await promptly("the upstream request to begin", () => upstreamInFlight(on) === 1, 2_000);
  leave();
  await refused;
  await expectNothingLeft(on);
});

test("a client that hangs up between two attempts gets no further one", async () => {
  await using on = await slowStage({
    routes: [{ model: "*", retry: { baseDelay: "300ms", jitter: "none" }, ladder: ["slow"] }],
  });
  const { response, leave } = begin(on, { model: "fault-503" });
  const refused = expect(response).rejects.toThrow();
  const counters = () => on.upstreams.slow?.model.counters;
  await promptly("the first attempt to fail", () => counters()?.refused === 1, 2_000);
  leave();
  await refused;
  await pause(400);
  expect(counters()?.requests).toBe(1);
  await expectNothingLeft(on);
});

test("a client whose socket is destroyed is gone too", async () => {
  await using on = await slowStage();
  const body = JSON.stringify({ model: "sim-chat", messages: asking(LONG_QUESTION), stream: true });
  const { port } = new URL(on.url);
  const socket = connect(Number(port), "127.0.0.1");
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\n`;
  socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  await new Promise((resolve) => socket.once("data", resolve));
  expect(upstreamInFlight(on)).toBe(1);
  socket.destroy();
  await expectNothingLeft(on);
});

test("500 streams at once, each left at a random moment, leave nothing behind", async () => {
  const { log, entries } = recordingLog();
  // Slow enough that one process can play all the clients, the gateway and the provider.
  const pacing = { tokensPerSecond: 3, jitter: 0.5 };
  await using on = await slowStage({ upstreams: { slow: { ...SLOW, pacing, accountConcurrency: 2_000 } }, log });
  const question = { messages: asking("Is it high tide? sim_output_tokens=1") };
  // What is made once and kept (the pool's sockets, lazily started parts) is not to be counted as left behind.
  await ask(on.url, chat("sim-chat", question));
  const before = activeResources();
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);

  const random = seededRandom(11);
  const received = await Promise.all(Array.from({ length: 500 }, () => leaveAfter(on, random.next() * 3_000)));
  // How many get that far is the machine's business; that some do makes the test worth something.
  expect(received.filter((bytes) => bytes > 0).length).toBeGreaterThan(10);

  // Some have left before the gateway, or this process, came to look at what they had sent.
  await expectNothingLeft(on, 5_000);
  const { requests = 0, abortedByCaller = 0, finished = 0 } = on.upstreams.slow?.model.counters ?? {};
  expect(requests).toBeGreaterThan(50);
  expect(abortedByCaller + finished).toBe(requests);
  await promptly("every exchange to be over", () => exchanges(entries).length >= requests, 1_000);
  for (const provider of on.gateway.runtime.providers.values()) {
    for (const { thing: breaker } of provider.breakers?.entries() ?? []) expect(breaker.state).toBe("closed");
  }

  const reply = await askStreamed(on.url, chat("sim-chat", question));
  expect(reply.done).toBe(true);
  expect(contentOf((await ask(on.url, chat("sim-chat", question))).body)).toBe(reply.content);
  await expectNothingLeft(on, 5_000);
  process.off("warning", onWarning);
  expect(warnings).toEqual([]);
  // A few of the clients' own come and go; what must not be is one for each stream.
  await promptly("no sockets or timers to be left", () => activeResources() <= before + 5, 1_000);
});

/** Asks for a stream on a connection of its own and destroys that after some time. @returns how many bytes came. */
function leaveAfter(on: Stage, ms: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let length = 0;
    let left = false;
    const leaving = request(`${on.url}/v1/chat/completions`, {
      method: "POST",
      agent: false,
      headers: { "content-type": "application/json" },
    });
    leaving.on("response", (response) => {
      response.on("data", (bytes: Uint8Array) => {
        length += bytes.length;
      });
      // A destroyed connection is told to its reader as an error.
      response.on("error", () => undefined);
    });
    leaving.on("error", (error) => {
      if (!left) reject(error);
    });
    leaving.on("close", () => resolve(length));
    leaving.end(JSON.stringify({ model: "sim-chat", messages: asking(LONG_QUESTION), stream: true }));
    setTimeout(() => {
      left = true;
      leaving.destroy();
    }, ms);
  });
}

function exchanges(entries: ReturnType<typeof recordingLog>["entries"]) {
  return entries.filter(({ fields }) => fields.event === "exchange-ended");
}

/** Sockets and timers that this process holds. */
function activeResources(): number {
  return process.getActiveResourcesInfo().filter((type) => /TCP|Timeout/.test(type)).length;
}
