import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Decoder } from "../decoding/decoder.ts";
import { argmax } from "../decoding/sampler.ts";
import { readModelFolder } from "../folder/read-model-folder.ts";
import { findOnnxRuntime, referenceDecoder, referenceLogits, tinyModel, writeModel } from "../testing/index.ts";
import { openSession } from "./execution-providers.ts";
import { onnxDecoder, UnknownGraph } from "./onnx-decoder.ts";
import { loadOnnxRuntime, type OnnxSession } from "./onnx-runtime.ts";

const onnxRuntime = findOnnxRuntime(process);
const model = tinyModel({ seed: 7, half: true });
/** The reference reckons in double precision, ONNX Runtime in single; 1e-3 is what was promised. */
const TOLERANCE = 1e-3;
const PROMPT = [40, 101, 108, 108, 111, 261, 33, 5, 90, 12, 258];

describe.skipIf(onnxRuntime === undefined)("the real runtime on a model of the default's layout", () => {
  let folder: string;
  let session: OnnxSession;
  let decoder: Decoder;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tideover-tiny-"));
    await writeModel(model, folder);
    const read = await readModelFolder(folder, "fp32");
    const runtime = loadOnnxRuntime(onnxRuntime);
    const opened = await openSession(runtime, read.graph, { device: "cpu", threads: 1 });
    session = opened.session;
    decoder = onnxDecoder(runtime, session, read.shape);
  });
  afterAll(async () => {
    await session.release();
    await rm(folder, { recursive: true });
  });

  test("a whole prompt at once gives the reference's logits", async () => {
    const logits = await decoder.begin().advance(PROMPT);
    expect(distance(logits, PROMPT)).toBeLessThan(TOLERANCE);
  });

  test("token by token, from the cache, it gives them too", async () => {
    const sequence = decoder.begin();
    for (const [at, token] of PROMPT.entries()) {
      const logits = await sequence.advance([token]);
      expect(sequence.length).toBe(at + 1);
      expect(distance(logits, PROMPT.slice(0, at + 1))).toBeLessThan(TOLERANCE);
    }
  });

  test("a prompt in uneven parts gives them too", async () => {
    const sequence = decoder.begin();
    await sequence.advance(PROMPT.slice(0, 4));
    await sequence.advance(PROMPT.slice(4, 5));
    expect(distance(await sequence.advance(PROMPT.slice(5)), PROMPT)).toBeLessThan(TOLERANCE);
  });

  test("a continuation of what was written before gives them too, and the same tokens follow", async () => {
    const whole = await greedy(decoder, PROMPT, 40);
    const continued = await greedy(decoder, [...PROMPT, ...whole.slice(0, 17)], 23);
    expect(continued).toEqual(whole.slice(17));
    const logits = await decoder.begin().advance([...PROMPT, ...whole]);
    expect(distance(logits, [...PROMPT, ...whole])).toBeLessThan(TOLERANCE);
  });

  test("greedy decoding is identical to the reference's", async () => {
    const reference = referenceDecoder(model.shape, model.weights);
    expect(await greedy(decoder, PROMPT, 48)).toEqual(await greedy(reference, PROMPT, 48));
  });

  test("with a cache of 16 bits it gives them nearly, token by token", async () => {
    const read = await readModelFolder(folder, "fp16");
    const runtime = loadOnnxRuntime(onnxRuntime);
    const opened = await openSession(runtime, read.graph, { device: "cpu", threads: 1 });
    const sequence = onnxDecoder(runtime, opened.session, read.shape).begin();
    await sequence.advance(PROMPT.slice(0, 5));
    for (const [index, token] of PROMPT.slice(5).entries()) {
      const logits = await sequence.advance([token]);
      // Half precision keeps three digits; the cache is rounded once for each token.
      expect(distance(logits, PROMPT.slice(0, index + 6))).toBeLessThan(0.05);
    }
    await opened.session.release();
  });

  test("two sequences do not mix", async () => {
    const [first, second] = [decoder.begin(), decoder.begin()];
    await first.advance(PROMPT.slice(0, 5));
    await second.advance([9, 8, 7]);
    expect(distance(await first.advance(PROMPT.slice(5)), PROMPT)).toBeLessThan(TOLERANCE);
    expect(distance(await second.advance([6]), [9, 8, 7, 6])).toBeLessThan(TOLERANCE);
  });

  test("a device that this build has not falls back to the CPU, and says why", async () => {
    const opened = await openSession(loadOnnxRuntime(onnxRuntime), join(folder, "onnx/model.onnx"), {
      device: "dml",
      threads: 1,
    });
    expect(opened.device).toBe("cpu");
    expect(opened.fellBack).toMatch(/no dml \(it has .*cpu/);
    await opened.session.release();
  });

  test("a device that is not there falls back to the CPU, and says why", async () => {
    const opened = await openSession(loadOnnxRuntime(onnxRuntime), join(folder, "onnx/model.onnx"), {
      device: "cuda",
      threads: 1,
    });
    if (opened.device === "cpu") expect(opened.fellBack).toMatch(/^cuda could not be used: /);
    await opened.session.release();
  });

  test("a graph of another kind is refused by name", () => {
    const shape = { layers: 3, keyValueHeads: 2, headSize: 16, maxPositions: 512, architecture: "qwen2" };
    const with_ = (changes: Partial<OnnxSession>): OnnxSession => ({
      inputNames: session.inputNames,
      outputNames: session.outputNames,
      run: () => Promise.resolve({}),
      release: () => Promise.resolve(),
      ...changes,
    });
    const runtime = loadOnnxRuntime(onnxRuntime);
    const open = (changes: Partial<OnnxSession>) => () => onnxDecoder(runtime, with_(changes), shape);
    expect(open({ inputNames: [...session.inputNames, "pixel_values"] })).toThrow(UnknownGraph);
    expect(open({ inputNames: [...session.inputNames, "pixel_values"] })).toThrow(/unknown inputs pixel_values/);
    expect(open({ outputNames: ["logits"] })).toThrow(/no output present\.0\.key/);
    expect(open({ inputNames: ["input_ids"] })).toThrow(/0 cache inputs for 3 layers/);
  });
});

function distance(logits: Float32Array, tokens: readonly number[]): number {
  const expected = referenceLogits(model.shape, model.weights, tokens);
  expect(logits.length).toBe(expected.length);
  return logits.reduce((most, value, index) => Math.max(most, Math.abs(value - (expected[index] ?? Number.NaN))), 0);
}

async function greedy(decoder: Decoder, prompt: readonly number[], count: number): Promise<number[]> {
  const sequence = decoder.begin();
  const tokens: number[] = [];
  let logits = await sequence.advance(prompt);
  for (let index = 0; index < count; index++) {
    const token = argmax(logits);
    tokens.push(token);
    logits = await sequence.advance([token]);
  }
  return tokens;
}
