import { expect, test } from "vitest";
import { PerModel } from "./per-model.ts";

const CAP = 1_024;

function filled(idle: (made: number) => boolean) {
  let made = 0;
  const kept = new PerModel((account, model) => ({ name: `${account}/${model}`, idle: idle(made++) }));
  for (let index = 0; index < CAP; index++) kept.get("a", `model-${index}`);
  return kept;
}

test("an account and a model have one, made once", () => {
  const kept = new PerModel((account, model) => ({ name: `${account}/${model}`, idle: false }));
  expect(kept.get("a", "m")).toBe(kept.get("a", "m"));
  expect(kept.get("a", "m")).not.toBe(kept.get("b", "m"));
  expect([...kept.entries()].map(({ account, model }) => [account, model])).toEqual([
    ["a", "m"],
    ["b", "m"],
  ]);
});

test("at the cap an idle one makes room", () => {
  const kept = filled((made) => made === 7);
  expect(kept.get("a", "new").name).toBe("a/new");
  expect([...kept.entries()]).toHaveLength(CAP);
  expect([...kept.entries()].some(({ model }) => model === "model-7")).toBe(false);
});

test("while none is idle the newcomers share one, and nothing that is in use is forgotten", () => {
  const kept = filled(() => false);
  expect(kept.get("a", "new")).toBe(kept.get("a", "newer"));
  expect(kept.get("a", "model-3").name).toBe("a/model-3");
  expect([...kept.entries()]).toHaveLength(CAP);
});
