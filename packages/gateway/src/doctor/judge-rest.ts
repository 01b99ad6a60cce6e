import { HEAD_LENGTH, RESTART_LENGTH } from "./defaults.ts";
import type { PrefixTreatment } from "./report.ts";

/** An answer, the part of it that was given, and what came back. */
export interface Continued {
  readonly whole: string;
  readonly prefix: string;
  readonly rest: string;
}

/** How a provider treated the beginning that it was given, by what it wrote then. */
export function judgeRest({ whole, prefix, rest }: Continued): PrefixTreatment {
  const expected = whole.slice(prefix.length);
  if (rest === expected) return "exact";
  if (rest.trim() === "") return expected.trim() === "" ? "exact" : "stops";
  if (rest.trimStart().startsWith(prefix.trim())) return "echoes";
  if (sameHead(rest.trimStart(), expected.trimStart(), HEAD_LENGTH)) return joined(prefix, expected, rest);
  return sameHead(rest.trimStart(), whole.trimStart(), RESTART_LENGTH) ? "restarts" : "ignores";
}

/** It goes on where it should; what is left to tell is the white space in between. */
function joined(prefix: string, expected: string, rest: string): PrefixTreatment {
  const space = leadingSpace(rest);
  const wanted = leadingSpace(expected);
  if (space === wanted) return "continues";
  const ending = prefix.slice(prefix.trimEnd().length);
  if (ending !== "" && space === ending + wanted) return "trims-space";
  return space.length > wanted.length ? "adds-space" : "continues";
}

function leadingSpace(text: string): string {
  return text.slice(0, text.length - text.trimStart().length);
}

function sameHead(text: string, other: string, length: number): boolean {
  const head = other.slice(0, length);
  return head !== "" && text.startsWith(head);
}
