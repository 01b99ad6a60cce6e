import { expect, test } from "vitest";
import { StringScan } from "./string-scan.ts";

const QUOTE = 0x22;
const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true });

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

test("what is no UTF-8 is no string, exactly", () => {
  const scan = new StringScan();
  const followers = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
  const wrong: number[][] = [];
  for (let lead = 0x80; lead <= 0xff; lead++) {
    for (const second of followers) {
      for (const third of followers) {
        for (const fourth of followers) {
          for (const length of [1, 2, 3, 4]) {
            const bytes = [lead, second, third, fourth].slice(0, length);
            const found = scan.read(Uint8Array.from([...bytes, QUOTE]), 0);
            if (found !== isUtf8(Uint8Array.from(bytes)) || (found && scan.end !== length)) wrong.push(bytes);
          }
        }
      }
    }
  }
  expect(wrong).toEqual([]);
});

test("whether it says something is known of all that is plain, and no white space does", () => {
  const scan = new StringScan();
  const wrong: number[] = [];
  let plain = 0;
  for (let code = 0x20; code <= 0x1_0000; code++) {
    const character = String.fromCodePoint(code);
    if (!character.isWellFormed() || character === '"' || character === "\\") continue;
    const bytes = encoder.encode(character);
    if (!scan.read(Uint8Array.from([...bytes, QUOTE]), 0) || scan.end !== bytes.length) wrong.push(code);
    if (!scan.isPlain) continue;
    plain++;
    if (scan.saysSomething !== /\S/.test(character)) wrong.push(code);
  }
  expect(wrong).toEqual([]);
  // ASCII without its controls, the quote and the backslash; and U+4000 to U+9FFF.
  expect(plain).toBe(0x60 - 2 + 0x6000);
});

test("it ends at the first quote that is not escaped; a control, or no quote at all, makes it none", () => {
  const scan = new StringScan();
  const read = (text: string) => scan.read(encoder.encode(text), 1);
  expect(read('"a\\"b\\\\"c"')).toBe(true);
  expect(scan).toMatchObject({ end: 7, isPlain: false });
  expect(read('""')).toBe(true);
  expect(scan).toMatchObject({ end: 1, isPlain: true, saysSomething: false });
  for (const text of ['"a\n"', '"a', '"a\\"']) expect(read(text)).toBe(false);
});
