import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contents, fitted, lastMessage, planAfter, thoughts } from "./testing/chat-plan.ts";

/** Text of all that is hard to cut, and cuts of it into pieces, which may tear a character. */
const words = [
  "潮水",
  "的",
  "𠮷",
  " the",
  " tide",
  " repeat",
  "repeat",
  "é",
  "e\u0301",
  "🌊",
  "👩‍💻",
  "🇨🇳",
  "🧑🏽‍🚀",
  "❤️",
];
const spaces = [" ", "\n\n", "  ", ",", "。", "\u3000"];
const textArbitrary = fc
  .array(fc.oneof(fc.constantFrom(...words), fc.constantFrom(...words, ...spaces)), { minLength: 2, maxLength: 80 })
  .map((tokens) => tokens.join(""))
  .filter((text) => text.trim() !== "");
const cutsArbitrary = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 12 });

function pieces(text: string, cuts: readonly number[]): string[] {
  const found: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const length = cuts[turn % cuts.length] ?? 1;
    found.push(text.slice(at, at + length));
    at += length;
  }
  return found;
}

const cases = fc.record({ text: textArbitrary, first: cutsArbitrary, second: cutsArbitrary, cut: fc.nat(400) });

/** Cuts a text somewhere behind its first letter. */
function cutIn({ text, cut }: { text: string; cut: number }): number {
  const least = text.length - text.trimStart().length + 1;
  return least + (cut % (text.length - least + 1));
}

describe("any text, cut anywhere, in any pieces", () => {
  /** How a host goes on from a prefix of `text`. */
  const hosts: Record<string, (text: string, prefix: string) => string> = {
    "goes on exactly": (text, prefix) => text.slice(prefix.length),
    "trims what it was given": (text, prefix) => text.slice(prefix.trimEnd().length),
    "adds a space": (text, prefix) => ` ${text.slice(prefix.length)}`,
    "trims its own beginning": (text, prefix) => text.slice(prefix.length).trimStart(),
    echoes: (text) => text,
    "echoes and adds a space": (text, prefix) => `${prefix} ${text.slice(prefix.length)}`,
  };

  test.each(Object.entries(hosts))("a host that %s: the whole text", (_name, host) => {
    fc.assert(
      fc.property(cases, ({ text, first, second, cut }) => {
        const shown = text.slice(0, cutIn({ text, cut }));
        const plan = planAfter(contents(...pieces(shown, first)));
        const rest = host(text, String(lastMessage(plan).content));
        const result = fitted(plan, contents(...pieces(rest, second)));
        expect(shown + result?.content).toBe(text);
      }),
    );
  });

  test("what is given to go on from is whole characters and does not end in white space", () => {
    fc.assert(
      fc.property(cases, ({ text, first, cut }) => {
        const shown = text.slice(0, cutIn({ text, cut }));
        const prefix = String(lastMessage(planAfter(contents(...pieces(shown, first)))).content);
        expect(shown.startsWith(prefix)).toBe(true);
        expect(prefix.trimEnd()).toBe(prefix);
        expect(prefix.isWellFormed()).toBe(true);
        const boundaries = Array.from(new Intl.Segmenter("und").segment(shown), ({ index }) => index);
        expect(boundaries).toContain(prefix.length);
      }),
    );
  });

  test("an answer begun anew is taken only when it repeats all that was shown", () => {
    fc.assert(
      fc.property(cases, fc.nat(400), ({ text, first, second, cut }, common) => {
        const shown = text.slice(0, cutIn({ text, cut }));
        const anew = `${text.slice(0, common % (text.length + 1))}≠ something else`;
        const result = fitted(planAfter(contents(...pieces(shown, first))), contents(...pieces(anew, second)));
        if (result !== undefined) expect((shown + result.content).trimStart()).toBe(anew.trimStart());
      }),
    );
  });

  test("another text is not taken", () => {
    fc.assert(
      fc.property(cases, ({ text, first, second, cut }) => {
        const shown = text.slice(0, cutIn({ text, cut }));
        const plan = planAfter(contents(...pieces(shown, first)));
        expect(fitted(plan, contents(...pieces("≠ something else", second)))).toBeUndefined();
        expect(fitted(plan, [])).toBeUndefined();
      }),
    );
  });

  test("reasoning that was cut is gone on with as well", () => {
    fc.assert(
      fc.property(cases, ({ text, first, second, cut }) => {
        const shown = text.slice(0, cutIn({ text, cut }));
        const plan = planAfter(thoughts(...pieces(shown, first)));
        const given = String(lastMessage(plan).reasoning_content ?? "");
        const rest = thoughts(...pieces(text.slice(given.length), second));
        const result = fitted(plan, [...rest, ...contents("Answer.")], given === "" ? "restart" : undefined);
        expect([shown + result?.reasoning, result?.content]).toEqual([text, "Answer."]);
      }),
    );
  });
});
