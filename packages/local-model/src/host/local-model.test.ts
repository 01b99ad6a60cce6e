import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { constants, getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { failure } from "tideover/engine";
import { platformClock } from "tideover/runtime";
import { VirtualClock } from "tideover/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { RELOAD_PAUSE_MS } from "../defaults.ts";
import { findOnnxRuntime, tinyModel, writeModel } from "../testing/index.ts";
import type { ChatRequest } from "../worker/messages.ts";
import {
  createLocalModel,
  type Generation,
  type LocalModel,
  type LocalModelEvent,
  type LocalModelOptions,
} from "./local-model.ts";
import { startWorker } from "./model-process.ts";

const onnxRuntimePath = findOnnxRuntime(process);
const never = new AbortController().signal;

let folder: string;
const open: LocalModel[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tideover-host-"));
  await writeModel(tinyModel({ seed: 3, maxPositions: 8_192 }), folder);
});
afterEach(async () => {
  for (const model of open.splice(0)) await model.close();
});
afterAll(() => rm(folder, { recursive: true }));

/** A model with a record of what happened to it and of its processes. */
function start(changes: Partial<LocalModelOptions> = {}) {
  const events: LocalModelEvent[] = [];
  const workers: ChildProcess[] = [];
  const model = createLocalModel({
    folder,
    dtype: "fp32",
    device: "cpu",
    threads: 1,
    contextTokens: 512,
    onnxRuntimePath,
    clock: platformClock,
    onEvent: (event) => events.push(event),
    startWorker(file) {
      const worker = startWorker(file);
      workers.push(worker);
      return worker;
    },
    ...changes,
  });
  open.push(model);
  return { model, events, workers };
}

function ask(text: string, changes: Partial<ChatRequest> = {}): ChatRequest {
  return {
    messages: [{ role: "user", content: text }],
    maxTokens: 30,
    temperature: 0,
    stop: [],
    json: false,
    ...changes,
  };
}

/** A request whose answer goes on to its token limit: at temperature 0 the model never comes to an end here. */
const LONG = ask("tide", { maxTokens: 400, temperature: 0 });

async function generation(outcome: ReturnType<LocalModel["generate"]>): Promise<Generation> {
  const settled = await outcome;
  if (settled.type === "failure") throw new Error(settled.message);
  return settled;
}

async function read({ stream }: Generation) {
  let text = "";
  for (;;) {
    const step = await stream.read();
    if (step.type !== "pieces") return { text, end: step };
    text += step.pieces.map((piece) => piece.text).join("");
  }
}

describe.skipIf(onnxRuntimePath === undefined)("a model in a process of its own", () => {
  /** One for all tests that leave it as it was: starting a process takes most of a test's time. */
  let shared: LocalModel;
  beforeAll(() => {
    shared = start().model;
    open.pop();
  });
  afterAll(() => shared.close());

  test("answers, and the same request gets the same answer", async () => {
    const { model, events } = start();
    const first = await read(await generation(model.generate(ask("How high?"), never)));
    const second = await read(await generation(model.generate(ask("How high?"), never)));
    expect(first.text.length).toBeGreaterThan(0);
    expect(second).toEqual(first);
    expect(first.end).toMatchObject({ type: "end" });
    expect(events).toMatchObject([{ type: "model-loaded", facts: { device: "cpu", contextTokens: 512 } }]);
  });

  test("a seed decides what is drawn", async () => {
    const model = shared;
    const draw = async (seed: number) =>
      (await read(await generation(model.generate(ask("x", { temperature: 1.5, seed }), never)))).text;
    expect(await draw(1)).toBe(await draw(1));
    expect(await draw(1)).not.toBe(await draw(2));
  });

  test("a text to go on from is gone on from exactly", async () => {
    const model = shared;
    const request = ask("x", { temperature: 0, maxTokens: 40 });
    const { text } = await read(await generation(model.generate(request, never)));
    const cut = Math.ceil(text.length / 2);
    const start_ = { reasoning: "", content: text.slice(0, cut) };
    const rest = await read(await generation(model.generate({ ...request, start: start_ }, never)));
    expect(rest.text.startsWith(text.slice(cut))).toBe(true);
  });

  test("calls wait in their order, and one too many is turned away", async () => {
    const { model } = start({ queueCapacity: 2 });
    const first = model.generate(LONG, never);
    const others = [model.generate(ask("b"), never), model.generate(ask("c"), never)];
    expect(await model.generate(ask("d"), never)).toMatchObject({ kind: "rejected", reason: "queue-full" });
    expect(model.pending).toBe(3);
    (await generation(first)).stream.cancel(failure("cancelled", "test", "Enough."));
    for (const other of others) expect((await read(await generation(other))).end).toMatchObject({ type: "end" });
    expect(model.pending).toBe(0);
  });

  test("an abort frees the worker within a token", async () => {
    const { model, workers } = start();
    const { stream } = await generation(model.generate(LONG, never));
    await stream.read();
    let pieces = 0;
    workers[0]?.on("message", ({ type }: { type: string }) => {
      if (type === "piece") pieces++;
    });
    stream.cancel(failure("cancelled", "test", "Enough."));
    pieces = 0;
    await read(await generation(model.generate(ask("next", { maxTokens: 1 }), never)));
    // What was on its way, the token in the making, and the one that was asked for.
    expect(pieces).toBeLessThan(12);
    expect(await stream.read()).toMatchObject({ type: "failure", reason: "test" });
  });

  test("a call that is given up while it waits or loads leaves no trace", async () => {
    const { model } = start();
    const caller = new AbortController();
    const loading = model.generate(LONG, caller.signal);
    const waiting = model.generate(LONG, caller.signal);
    caller.abort(failure("deadline", "deadline", "Too late."));
    expect(await loading).toMatchObject({ kind: "deadline" });
    expect(await waiting).toMatchObject({ kind: "deadline" });
    expect((await read(await generation(model.generate(ask("x"), never)))).end).toMatchObject({ type: "end" });
  });

  test("when the process dies in the middle of a run the call fails over, and the next one gets a new process", async () => {
    // Long enough that it is in the middle of a run, however busy the machine is.
    const { model, events, workers } = start({ contextTokens: 8_192 });
    const { stream } = await generation(model.generate({ ...LONG, maxTokens: 8_000 }, never));
    const waiting = model.generate(ask("waits"), never);
    workers[0]?.kill("SIGKILL");
    let step = await stream.read();
    while (step.type === "pieces") step = await stream.read();
    expect(step).toMatchObject({ type: "failure", kind: "fault", reason: "worker-died" });
    expect((await read(await generation(waiting))).end).toMatchObject({ type: "end" });
    expect(workers.length).toBe(2);
    expect(events.map(({ type }) => type)).toEqual(["model-loaded", "worker-died", "model-loaded"]);
  });

  test("an unused model leaves memory, and comes back when it is asked", async () => {
    const clock = new VirtualClock();
    const { model, events } = start({ clock, unloadAfterMs: 60_000 });
    expect(await model.warm()).toMatchObject({ device: "cpu" });
    await clock.advance(59_000);
    expect(events.map(({ type }) => type)).toEqual(["model-loaded"]);
    await clock.advance(2_000);
    expect(events.at(-1)).toEqual({ type: "model-unloaded", why: "idle" });
    expect((await read(await generation(model.generate(ask("x"), never)))).end).toMatchObject({ type: "end" });
    expect(events.map(({ type }) => type)).toEqual(["model-loaded", "model-unloaded", "model-loaded"]);
  });

  test("a prompt that is too long is refused with its length", async () => {
    const { model } = start({ contextTokens: 64 });
    const refused = await model.generate(ask("tide ".repeat(100)), never);
    expect(refused).toMatchObject({ kind: "incompatible", reason: "context-too-long" });
    expect(refused).toMatchObject({ message: expect.stringMatching(/^The prompt has \d{3} tokens; .* within 64\.$/) });
    expect((await read(await generation(model.generate(ask("x"), never)))).end).toMatchObject({ type: "end" });
  });

  test("an answer ends where the context ends", async () => {
    const { model } = start({ contextTokens: 64 });
    const { end } = await read(await generation(model.generate({ ...LONG, maxTokens: 1_000 }, never)));
    expect(end).toMatchObject({ type: "end", finish: "length" });
  });

  test("it lets those of live traffic go first", async () => {
    const { model, workers } = start();
    await model.warm();
    expect(getPriority(workers[0]?.pid)).toBe(constants.priority.PRIORITY_BELOW_NORMAL);
  });

  test("a signal to all processes of the terminal does not end it: its host may have an answer to finish", async () => {
    const { model, workers } = start();
    const first = await generation(model.generate(ask("x"), never));
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) workers[0]?.kill(signal);
    expect((await read(first)).end).toMatchObject({ type: "end" });
    expect((await read(await generation(model.generate(ask("x"), never)))).end).toMatchObject({ type: "end" });
    expect(workers.length).toBe(1);
  });

  test("it says what memory it takes", async () => {
    await shared.warm();
    expect(shared.memoryBytes).toBeGreaterThan(10_000_000);
  });

  test("JSON is asked for with a beginning that is none", async () => {
    const request = ask("x", { json: true, start: { reasoning: "", content: "Sure: {" } });
    expect(await shared.generate(request, never)).toMatchObject({ reason: "prefix-not-json" });
  });

  test("closing ends what runs and what waits", async () => {
    const { model } = start();
    const { stream } = await generation(model.generate(LONG, never));
    const waiting = model.generate(LONG, never);
    await model.close();
    expect(await waiting).toMatchObject({ reason: "model-closed" });
    let step = await stream.read();
    while (step.type === "pieces") step = await stream.read();
    expect(step).toMatchObject({ reason: "model-closed" });
  });
});

describe("a model that cannot be loaded", () => {
  test("without the runtime the caller is told what to install, and it is not tried again at once", async () => {
    const { model, workers } = start({ onnxRuntimePath: "/nowhere/onnxruntime-node" });
    const failed = await model.generate(ask("x"), never);
    expect(failed).toMatchObject({ kind: "incompatible", reason: "onnxruntime-missing" });
    expect(failed).toMatchObject({ message: expect.stringMatching(/`npm install onnxruntime-node`/) });
    expect(await model.generate(ask("x"), never)).toEqual(failed);
    expect(workers.length).toBe(1);
  });

  test("it is tried again after a pause", async () => {
    const clock = new VirtualClock();
    const { model, workers } = start({ clock, onnxRuntimePath: "/nowhere/onnxruntime-node" });
    await model.warm();
    await clock.advance(RELOAD_PAUSE_MS + 1);
    await model.warm();
    expect(workers.length).toBe(2);
  });

  test.skipIf(onnxRuntimePath === undefined)("a model that was not pulled is named", async () => {
    const { model } = start({ dtype: "q4" });
    expect(await model.generate(ask("x"), never)).toMatchObject({
      kind: "incompatible",
      reason: "model-not-installed",
      message: expect.stringContaining("onnx/model_q4.onnx"),
    });
  });
});
