import { beforeEach, describe, expect, test, vi } from "vitest";
import type { KeptEntry, KeptStore } from "./kept-store.ts";
import { LastAnswers } from "./last-answers.ts";

/** A store as IndexedDB is one, in memory. */
function memoryStore(): KeptStore {
  const entries = new Map<string, KeptEntry>();
  return {
    get: async (key) => entries.get(key),
    put: async (entry) => void entries.set(entry.key, entry),
    remove: async (key) => void entries.delete(key),
    all: async () => [...entries.values()].toSorted((a, b) => a.at - b.at),
    clear: async () => entries.clear(),
  };
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  vi.stubGlobal("navigator", { onLine: true });
  return () => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  };
});

const failing = () => Promise.reject(new Error("503"));

describe("an answer", () => {
  test("that comes is live, and is kept", async () => {
    const answers = new LastAnswers({ store: memoryStore() });
    expect(await answers.ask("a", async () => "text")).toEqual({ from: "live", value: "text" });
    vi.advanceTimersByTime(61_000);
    expect(await answers.recall("a")).toEqual({ value: "text", ageSeconds: 61 });
  });

  test("that fails is replaced by the last good one, with its age and the error", async () => {
    const answers = new LastAnswers({ store: memoryStore() });
    await answers.remember("a", "old");
    vi.advanceTimersByTime(5_000);
    const shown = await answers.ask("a", failing);
    expect(shown).toMatchObject({ from: "kept", value: "old", ageSeconds: 5, why: "failed", error: new Error("503") });
    await expect(answers.ask("b", failing)).rejects.toThrow("503");
  });

  test("that is slow is replaced, and told of later", async () => {
    const answers = new LastAnswers({ store: memoryStore() });
    await answers.remember("a", "old");
    const later: string[] = [];
    const slow = () => new Promise<string>((resolve) => setTimeout(() => resolve("new"), 20_000));
    const asked = answers.ask("a", slow, { patienceMs: 3_000, onLater: (value) => later.push(value) });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await asked).toMatchObject({ from: "kept", why: "slow" });
    await vi.advanceTimersByTimeAsync(17_000);
    expect(later).toEqual(["new"]);
    expect(await answers.recall("a")).toMatchObject({ value: "new" });
  });

  test("is not asked for without a network where one is kept", async () => {
    const answers = new LastAnswers({ store: memoryStore() });
    await answers.remember("a", "old");
    vi.stubGlobal("navigator", { onLine: false });
    const live = vi.fn(failing);
    expect(await answers.ask("a", live)).toMatchObject({ from: "kept", why: "offline" });
    expect(live).not.toHaveBeenCalled();
  });
});

describe("bounds", () => {
  test("so many are kept, and the oldest go", async () => {
    const answers = new LastAnswers({ store: memoryStore(), most: 2 });
    for (const key of ["a", "b", "c"]) {
      await answers.remember(key, key);
      vi.advanceTimersByTime(1);
    }
    expect(await Promise.all(["a", "b", "c"].map((key) => answers.recall(key)))).toMatchObject([
      undefined,
      { value: "b" },
      { value: "c" },
    ]);
  });

  test("for so long", async () => {
    const answers = new LastAnswers({ store: memoryStore(), keptMs: 1_000 });
    await answers.remember("a", "a");
    vi.advanceTimersByTime(1_000);
    expect(await answers.recall("a")).toBeUndefined();
  });

  test("senseless ones are refused", () => {
    expect(() => new LastAnswers({ store: memoryStore(), most: 0 })).toThrow("most must be 1 or more; it is 0");
    expect(() => new LastAnswers({ store: memoryStore(), keptMs: -1 })).toThrow("keptMs must be above 0; it is -1");
  });
});
