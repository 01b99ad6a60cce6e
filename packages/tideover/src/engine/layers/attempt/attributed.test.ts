import { expect, test } from "vitest";
import { failure } from "../../failure.ts";
import { attributed } from "./attributed.ts";

test("a failure gets its provider's name, in its message once", () => {
  const lost = failure("fault", "connection-reset", "The connection was reset.");
  expect(attributed(lost, "ark")).toEqual({ ...lost, provider: "ark", message: "ark: The connection was reset." });
  const named = failure("fault", "blank-answer", "ark finished without any content.");
  expect(attributed(named, "ark")).toEqual({ ...named, provider: "ark" });
});

test.each(["cancelled", "deadline"] as const)("the end of a caller's patience (%s) is nobody's words", (kind) => {
  expect(attributed(failure(kind, "x", "Enough."), "ark")).toMatchObject({ provider: "ark", message: "Enough." });
});

test("a name counts as a word only, at the end of a sentence too", () => {
  const message = (text: string, provider = "ark") => attributed(failure("fault", "x", text), provider).message;
  expect(message("The text was marked.")).toBe("ark: The text was marked.");
  expect(message("Nothing came from ark.")).toBe("Nothing came from ark.");
  expect(message("ark-2 is down.")).toBe("ark: ark-2 is down.");
  expect(message("ark.east: reset", "ark.east")).toBe("ark.east: reset");
});
