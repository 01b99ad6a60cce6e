import { describe, expect, test } from "vitest";
import { judgeRest } from "./judge-rest.ts";

const whole = "one, two, three, four, five, six, seven, eight, nine, ten";
const prefix = "one, two, three, four, five,";
const rest = " six, seven, eight, nine, ten";

describe("how a host treats the beginning that it was given", () => {
  test.each([
    ["goes on", prefix, rest, "exact"],
    ["goes on in other words later", prefix, " six, seven, ocho", "continues"],
    ["goes on without the space", prefix, "six, seven, eight, nine, ten", "continues"],
    ["adds a space", prefix, `  ${rest.trimStart()}`, "adds-space"],
    ["adds a space where none was", "one, two, three, f", " our, five, six, seven", "adds-space"],
    ["repeats the space it was given", `${prefix} `, rest, "trims-space"],
    ["repeats all it was given", prefix, whole, "echoes"],
    ["repeats it but for its last space", `${prefix} `, whole, "echoes"],
    ["begins anew, another way", prefix, "one, two and so on", "restarts"],
    ["writes something else", prefix, "As you wish.", "ignores"],
    ["says nothing", prefix, "", "stops"],
    ["says next to nothing", prefix, "\n ", "stops"],
    ["has nothing left to say", whole, "", "exact"],
  ] as const)("%s", (_name, given, came, treatment) => {
    expect(judgeRest({ whole, prefix: given, rest: came })).toBe(treatment);
  });

  test("a rest shorter than a head is still recognised", () => {
    expect(judgeRest({ whole, prefix: whole.slice(0, -3), rest: "ten!" })).toBe("continues");
  });
});
