import { seededRandom } from "tideover/engine";
import { describe, expect, test } from "vitest";
import { PREFILL_TOKENS } from "../defaults.ts";
import { referenceDecoder, tinyModel } from "../testing/index.ts";
import { textCodec } from "../text/text-codec.ts";
import type { Piece } from "../text/think-split.ts";
import type { Decoder } from "./decoder.ts";
import { type GenerationRequest, generate } from "./generate.ts";
import { GREEDY } from "./sampler.ts";

const model = tinyModel();
const { tokenizer } = model;
const codec = textCodec(tokenizer.json, { eos_token: "<|im_end|>" });
const END = tokenizer.idOf("<|im_end|>");

/** A decoder that writes a given text, then the end. */
function scripted(text: string, seen: number[][] = []): Decoder {
  const script = [...codec.encode(text), END];
  return {
    begin() {
      let next = -1;
      return {
        length: 0,
        advance(tokens) {
          seen.push([...tokens]);
          if (tokens.length === 1 || next < 0) next++;
          const logits = new Float32Array(tokenizer.vocabulary);
          logits[script[Math.min(next, script.length - 1)] ?? END] = 10;
          return Promise.resolve(logits);
        },
      };
    },
  };
}

async function write(decoder: Decoder, changes: Partial<GenerationRequest> = {}, aborted = () => false) {
  const pieces: Piece[] = [];
  const end = await generate(
    { prompt: [1, 2, 3], begins: "start", maxTokens: 200, stop: [], sampling: GREEDY, ...changes },
    {
      decoder,
      codec,
      endTokens: new Set([END]),
      random: seededRandom(1),
      aborted,
      emit: (piece) => pieces.push(piece),
    },
  );
  const of = (kind: string) => pieces.flatMap((piece) => (piece.kind === kind ? [piece.text] : [])).join("");
  return { ...end, content: of("content"), reasoning: of("reasoning"), pieces };
}

describe("a text is written token by token", () => {
  test("to its end", async () => {
    const written = await write(scripted("High tide at 6. 海潮"));
    expect(written).toMatchObject({ content: "High tide at 6. 海潮", reasoning: "", finish: "stop" });
    expect(written.pieces.length).toBeGreaterThan(10);
  });

  test("to the limit of its tokens, without a run of the model too many", async () => {
    const seen: number[][] = [];
    const written = await write(scripted("abcdefgh", seen), { maxTokens: 3 });
    expect(written).toMatchObject({ content: "abc", finish: "length", completionTokens: 3 });
    expect(seen.length).toBe(3);
  });

  test("to a stop text, which is not shown", async () => {
    expect(await write(scripted("one\n\ntwo"), { stop: ["\n\n"] })).toMatchObject({ content: "one", finish: "stop" });
  });

  test("with its reasoning apart", async () => {
    const text = "<think>\nIt is spring.\n</think>\n\nHigh.";
    expect(await write(scripted(text))).toMatchObject({ reasoning: "It is spring.", content: "High." });
  });

  test("a stop text in the reasoning stops nothing", async () => {
    const text = "a stop b</think>c stop d";
    const written = await write(scripted(text), { begins: "opened", stop: ["stop"] });
    expect(written).toMatchObject({ reasoning: "a stop b", content: "c ", finish: "stop" });
  });

  test("a long prompt is read in parts", async () => {
    const seen: number[][] = [];
    const prompt = Array.from({ length: 2 * PREFILL_TOKENS + 5 }, (_, index) => index % 200);
    await write(scripted("a", seen), { prompt, maxTokens: 1 });
    expect(seen.map((tokens) => tokens.length)).toEqual([PREFILL_TOKENS, PREFILL_TOKENS, 5]);
  });
});

test("an abort ends it before the next run of the model", async () => {
  const seen: number[][] = [];
  const written = await write(scripted("abcdefgh", seen), {}, () => seen.length >= 4);
  expect(written).toMatchObject({ finish: "aborted", content: "abc" });
  expect(seen.length).toBe(4);
});

test("an abort while the prompt is read ends it there", async () => {
  const seen: number[][] = [];
  const prompt = Array.from({ length: 4 * PREFILL_TOKENS }, () => 1);
  expect(await write(scripted("a", seen), { prompt }, () => seen.length >= 2)).toMatchObject({ finish: "aborted" });
  expect(seen.length).toBe(2);
});

describe("JSON mode", () => {
  test("what a model would write that is no JSON is not written; what is, is", async () => {
    const written = await write(scripted('{"tide": "high", "hours": [6, 18]} and so on'), { jsonStart: "" });
    expect(written).toMatchObject({ content: '{"tide": "high", "hours": [6, 18]}', finish: "stop" });
  });

  test("an untrained model at a high temperature writes JSON objects, or is cut by the token limit", async () => {
    const decoder = referenceDecoder(model.shape, model.weights);
    const sampling = { ...GREEDY, temperature: 3 };
    const { content, finish } = await write(decoder, { jsonStart: "", sampling, maxTokens: 40 });
    expect(content).toMatch(/^\s*\{/);
    if (finish === "stop") expect(JSON.parse(content)).toBeTypeOf("object");
  });

  test("a given beginning is gone on from", async () => {
    const written = await write(scripted('1, "b": 2} tail'), { jsonStart: '{"a": ', begins: "content" });
    expect(written).toMatchObject({ content: '1, "b": 2}', finish: "stop" });
  });

  test("reasoning before it is free", async () => {
    const written = await write(scripted('so {</think>\n{"a":1}'), { jsonStart: "", begins: "opened" });
    expect(written).toMatchObject({ reasoning: "so {", content: '{"a":1}', finish: "stop" });
  });

  test("the end does not come before the object is whole", async () => {
    const written = await write(scripted('{"a'), { jsonStart: "", maxTokens: 30 });
    expect(written.content).toMatch(/^\{"a/);
    expect(written.finish).toBe("length");
  });
});
