import { expect, it } from "vitest";
import { collectGarbage } from "./collect-garbage.ts";

it("collects what nothing holds any more, and leaves no collector to programs", async () => {
  const exposed = "gc" in globalThis;
  const gone = new WeakRef(new Array(1_000).fill("an answer"));
  // What a weak reference was made for, or gave, is held until the turn ends.
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(gone.deref()).toBeUndefined();
  expect("gc" in globalThis).toBe(exposed);
});
