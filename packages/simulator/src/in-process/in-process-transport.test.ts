import { failure, isFailure } from "tideover/engine";
import { expect, test } from "vitest";
import { chatBody, testModel } from "../testing/call-model.ts";
import { createInProcessTransport } from "./in-process-transport.ts";

const request = (body: object) => ({
  method: "POST" as const,
  url: "http://any.host/v1/chat/completions",
  headers: {},
  body: new TextEncoder().encode(JSON.stringify(body)),
});

test("an abort before the head gives the signal's failure and frees the model", async () => {
  const { clock, model } = testModel();
  const abort = new AbortController();
  let connected = 0;
  const sent = createInProcessTransport(model).send(
    { ...request(chatBody("x", { model: "fault-silence" })), onConnected: () => connected++ },
    abort.signal,
  );
  await clock.advance(1_000);
  const reason = failure("deadline", "time-is-up", "Time is up.");
  abort.abort(reason);
  expect(await sent).toBe(reason);
  expect(connected).toBe(1);
  expect(model.counters).toMatchObject({ inFlight: 0, abortedByCaller: 1 });
});

test("a signal that is already aborted sends nothing", async () => {
  const { model } = testModel();
  const outcome = await createInProcessTransport(model).send(request(chatBody("x")), AbortSignal.abort());
  expect(isFailure(outcome)).toBe(true);
  expect(model.counters.requests).toBe(0);
});

test("a refused connection never counts as connected", async () => {
  const { model } = testModel();
  let connected = 0;
  const outcome = await createInProcessTransport(model).send(
    { ...request(chatBody("x", { model: "fault-refused" })), onConnected: () => connected++ },
    new AbortController().signal,
  );
  expect(outcome).toMatchObject({ reason: "connection-refused", beforeAnyByte: true });
  expect(connected).toBe(0);
});

test("a reader that pauses pauses the generation, and loses nothing", async () => {
  const { clock, model } = testModel();
  const transport = createInProcessTransport(model);
  const response = await transport.send(
    request(chatBody("x", { stream: true, metadata: { sim_output_tokens: 2_000 } })),
    new AbortController().signal,
  );
  if (isFailure(response)) throw new Error(response.message);
  await clock.advance(60_000);
  const paused = model.counters.tokensSent;
  expect(paused).toBeLessThan(1_000);
  expect(model.counters.finished).toBe(0);
  let text = "";
  for (;;) {
    const next = await clock.run(response.body.read());
    if (next === undefined) break;
    if (isFailure(next)) throw new Error(next.message);
    text += new TextDecoder().decode(next);
  }
  expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
  expect(model.counters).toMatchObject({ tokensSent: 2_000, finished: 1, inFlight: 0 });
});

test("a cancelled body settles a pending read and frees the slot", async () => {
  const { clock, model } = testModel();
  const response = await createInProcessTransport(model).send(
    request(chatBody("x", { model: "fault-stall-3", stream: true })),
    new AbortController().signal,
  );
  if (isFailure(response)) throw new Error(response.message);
  await clock.advance(1_000);
  while (model.counters.tokensSent > 0) {
    const read = response.body.read();
    const next = await Promise.race([read, clock.advance(1).then(() => "nothing" as const)]);
    if (next !== "nothing") continue;
    response.body.cancel();
    response.body.cancel();
    expect(await read).toBeUndefined();
    break;
  }
  expect(model.counters).toMatchObject({ inFlight: 0, running: 0, abortedByCaller: 1 });
});

test("the time of the whole exchange is virtual", async () => {
  const { clock, model } = testModel({ profile: "calm" });
  const before = performance.now();
  const response = await createInProcessTransport(model).send(
    request(chatBody("x", { model: "fault-late-first-token-500000" })),
    new AbortController().signal,
  );
  if (isFailure(response)) throw new Error(response.message);
  let bytes = 0;
  for (;;) {
    const next = await clock.run(response.body.read());
    if (next === undefined || isFailure(next)) break;
    bytes += next.length;
  }
  expect(bytes).toBeGreaterThan(100);
  expect(clock.now()).toBeGreaterThan(500_000);
  expect(performance.now() - before).toBeLessThan(2_000);
});
