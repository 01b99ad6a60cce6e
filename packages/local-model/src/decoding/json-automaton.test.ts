import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MOST_JSON_SPACE } from "../defaults.ts";
import { JsonAutomaton } from "./json-automaton.ts";

test("every JSON object is accepted, in any pieces, and is complete at its end and not before", () => {
  const objects = fc.tuple(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), fc.constantFrom(0, 2));
  fc.assert(
    fc.property(objects, fc.integer({ min: 1, max: 7 }), ([value, indent], size) => {
      const text = JSON.stringify(value, null, indent);
      fc.pre(!/\s{20}/.test(text));
      const automaton = new JsonAutomaton();
      for (let at = 0; at < text.length; at += size) {
        const piece = text.slice(at, at + size);
        if (automaton.done || !automaton.accepts(piece) || !automaton.push(piece)) expect.fail(text.slice(0, at));
      }
      expect(automaton.done).toBe(true);
      expect(automaton.accepts("x")).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test("whatever is accepted to its end is a JSON object", () => {
  const units = fc.constantFrom(...'{}[]":,\\ \n-+.eE0123ntrufalse/b\u{1}é');
  fc.assert(
    fc.property(fc.infiniteStream(units), (stream) => {
      const automaton = new JsonAutomaton();
      let text = "";
      for (const unit of stream) {
        if (automaton.done || text.length > 80) break;
        if (!automaton.accepts(unit)) continue;
        automaton.push(unit);
        text += unit;
        if (text.length < 40) continue;
        // Led to its end, so that something is asserted.
        for (const closing of ['"', "}", "]", ":", "0", ",", '"']) {
          if (!automaton.done && automaton.accepts(closing)) {
            automaton.push(closing);
            text += closing;
          }
        }
      }
      if (automaton.done) expect(JSON.parse(text)).toBeTypeOf("object");
    }),
    { numRuns: 300 },
  );
});

describe("what is no JSON object is refused at the unit where that shows", () => {
  test.each([
    ["[", 0],
    ['"text"', 0],
    ["{,", 1],
    ["{a", 1],
    ['{"a",', 4],
    ['{"a":}', 5],
    ['{"a":1,}', 7],
    ['{"a":01', 6],
    ['{"a":1.}', 7],
    ['{"a":-}', 6],
    ['{"a":1e}', 7],
    ['{"a":tru}', 8],
    ['{"a":"\\x"', 7],
    ['{"a":"\\u12g', 10],
    ['{"a":"line\nbreak', 10],
    ['{"a":[1,]', 8],
    ['{"a":[1}', 7],
    ['{"a":1}{', 7],
  ])("%s", (text, at) => {
    const automaton = new JsonAutomaton();
    expect(automaton.push(text.slice(0, at))).toBe(true);
    expect(automaton.accepts(text.charAt(at))).toBe(false);
    expect(automaton.push(text.slice(at))).toBe(false);
  });
});

test("white space in a row is bounded outside strings, and free inside them", () => {
  const space = " ".repeat(MOST_JSON_SPACE);
  expect(new JsonAutomaton().accepts(`{${space}`)).toBe(true);
  expect(new JsonAutomaton().accepts(`{${space} `)).toBe(false);
  expect(new JsonAutomaton().accepts(`{"${space}${space}`)).toBe(true);
});

test("nesting is bounded", () => {
  expect(new JsonAutomaton().accepts(`{"a":${"[".repeat(63)}`)).toBe(true);
  expect(new JsonAutomaton().accepts(`{"a":${"[".repeat(64)}`)).toBe(false);
});
