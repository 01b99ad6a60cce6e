import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tinyModel } from "../testing/index.ts";
import { GrowingText } from "./growing-text.ts";
import { StopText } from "./stop-text.ts";
import { textCodec } from "./text-codec.ts";
import { type Beginning, ThinkSplit } from "./think-split.ts";

const { tokenizer } = tinyModel();
const codec = textCodec(tokenizer.json, { eos_token: "<|im_end|>" });

/** Any way to cut a text. */
function pieces(text: string, sizes: readonly number[]): string[] {
  const found: string[] = [];
  let at = 0;
  for (let index = 0; at < text.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    found.push(text.slice(at, at + size));
    at += size;
  }
  return found;
}

describe("text from tokens", () => {
  test("what is encoded comes back, whatever its characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (raw) => {
        const text = raw.normalize("NFC");
        expect(codec.decode(codec.encode(text))).toBe(text);
      }),
    );
    expect(codec.encode(" the tide rises").length).toBe(3);
  });

  test("tokens one by one give whole characters only, and all of the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-composite", maxLength: 20 }), (raw) => {
        const text = raw.normalize("NFC").replaceAll("\ufffd", "");
        const growing = new GrowingText(codec);
        const shown = codec.encode(text).map((token) => growing.push(token));
        expect(shown.join("")).not.toContain("\ufffd");
        expect(shown.join("") + growing.end()).toBe(text);
      }),
    );
  });

  test("bytes that never become a character are not held for ever", () => {
    const growing = new GrowingText(codec);
    const [lead] = codec.encode("海");
    const shown = Array.from({ length: 12 }, () => growing.push(lead ?? 0)).join("");
    expect(shown).toContain("\ufffd");
  });

  test("a preview changes nothing", () => {
    const growing = new GrowingText(codec);
    const [first = 0, second = 0, third = 0] = codec.encode("海");
    growing.push(first);
    growing.push(second);
    expect(growing.preview(third)).toBe("海");
    expect(growing.preview(codec.encode("a")[0] ?? 0)).toMatch(/\ufffd.*a/);
    expect(growing.push(third)).toBe("海");
  });
});

describe("think tags", () => {
  const read = (text: string, state: Beginning, sizes: readonly number[]) => {
    const split = new ThinkSplit(state);
    const all = [...pieces(text, sizes).flatMap((piece) => split.push(piece)), ...split.end()];
    const of = (kind: string) =>
      all
        .filter((piece) => piece.kind === kind)
        .map((piece) => piece.text)
        .join("");
    return { reasoning: of("reasoning"), content: of("content") };
  };

  test.each([
    ["<think>\nHigh.\n</think>\n\nThe tide.", "start", "High.", "The tide."],
    ["\nHigh.\n</think>\n\nThe tide.", "opened", "High.", "The tide."],
    [" high.\n</think>\n\nThe tide.", "reasoning", " high.", "The tide."],
    ["\n\n", "opened", "", ""],
    ["The tide.", "start", "", "The tide."],
    ["  <b>The</b> tide.", "start", "", "  <b>The</b> tide."],
    ["The <think> tide </think>", "content", "", "The <think> tide </think>"],
    ["never closed </thin", "reasoning", "never closed </thin", ""],
    ["<think></think>x", "start", "", "x"],
  ] as const)("%j from %s, in any pieces", (text, state, reasoning, content) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
        expect(read(text, state, sizes)).toEqual({ reasoning, content });
      }),
    );
  });
});

describe("stop texts", () => {
  test("the answer ends before the first of them, in any pieces", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 });
    const text = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 40 });
    fc.assert(
      fc.property(text, sizes, (whole, cut) => {
        const stop = new StopText(["\n\n", "abba"]);
        const shown = pieces(whole, cut).map((piece) => stop.push(piece));
        if (!stop.stopped) shown.push(stop.end());
        const places = ["\n\n", "abba"].map((one) => whole.indexOf(one)).filter((at) => at >= 0);
        expect(stop.stopped).toBe(places.length > 0);
        // Text before a stop never contains one; with overlapping ones the earlier complete one counts.
        expect(whole.startsWith(shown.join(""))).toBe(true);
        if (places.length === 0) expect(shown.join("")).toBe(whole);
        else expect(shown.join("").length).toBeGreaterThanOrEqual(Math.min(...places));
      }),
    );
  });

  test("an empty stop text stops nothing", () => {
    const stop = new StopText([""]);
    expect(stop.push("abc")).toBe("abc");
    expect(stop.stopped).toBe(false);
  });
});
