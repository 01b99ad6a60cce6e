import { describe, expect, test } from "vitest";
import { MemoryAnswerStore, type VirtualClock } from "../../../testing/index.ts";
import type { AnswerStore, StoredAnswer } from "../../ports/answer-store.ts";
import { stage } from "./testing/cache-stage.ts";

describe("level two", () => {
  /** A store that does with every operation what it is told. */
  function scripted(clock: VirtualClock) {
    const inner = new MemoryAnswerStore(() => clock.wallTime());
    const control = { mode: "up" as "up" | "hangs" | "rejects" };
    const through = <T>(run: () => Promise<T>): Promise<T> => {
      if (control.mode === "hangs") return new Promise(() => {});
      return control.mode === "rejects" ? Promise.reject(new Error("down")) : run();
    };
    const store: AnswerStore = {
      get: (key, signal) => through(() => inner.get(key, signal)),
      set: (key, answer) => through(() => inner.set(key, answer)),
      purge: (selection) => through(() => inner.purge(selection)),
    };
    return { store, control, inner };
  }

  test("what another process stored is found, and then in memory", async () => {
    let control: ReturnType<typeof scripted> | undefined;
    const first = stage({
      store: (clock) => {
        control = scripted(clock);
        return control.store;
      },
    });
    await first.ask();
    await first.clock.advance(1);
    const kept = await control?.inner.get(first.made[0]?.cacheKey ?? "", new AbortController().signal);
    const second = stage({
      store: (clock) => {
        const store = new MemoryAnswerStore(() => clock.wallTime());
        if (kept !== undefined) void store.set(first.made[0]?.cacheKey ?? "", kept);
        return store;
      },
    });
    expect((await second.ask()).text).toBe("Answer 1");
    expect(second.answers.peek(first.made[0]?.cacheKey ?? "", "test")).toBeDefined();
    expect(second.made).toHaveLength(0);
  });

  test("a store that hangs costs a request 100 ms, and after three of them nothing", async () => {
    let control: ReturnType<typeof scripted>["control"] | undefined;
    const { ask, clock, events } = stage({
      store: (at) => {
        const made = scripted(at);
        control = made.control;
        return made.store;
      },
    });
    if (control === undefined) throw new Error("no store");
    control.mode = "hangs";
    const costs: number[] = [];
    for (let index = 0; index < 6; index++) {
      const before = clock.now();
      await ask({ request: { body: { temperature: 0, index } } });
      costs.push(clock.now() - before);
    }
    expect(costs).toEqual([100, 100, 100, 0, 0, 0]);
    expect(events).toContainEqual(expect.objectContaining({ type: "store-changed", available: false }));
    control.mode = "up";
    await clock.advance(3_000);
    await ask({ request: { body: { temperature: 0, index: 0 } } });
    await ask({ request: { body: { temperature: 0, index: 99 } } });
    expect(events).toContainEqual(expect.objectContaining({ type: "store-changed", available: true }));
    expect(clock.pendingTimers).toBe(0);
  });

  test("many who ask the same at once are one read, whoever of them leaves", async () => {
    let gets = 0;
    const { answers, clock } = stage({
      store: (at) => ({
        get: () => {
          gets++;
          return new Promise((resolve) => at.schedule(50, () => resolve(undefined)));
        },
        set: () => Promise.resolve(),
        purge: () => Promise.resolve(0),
      }),
    });
    await clock.run(Promise.all(Array.from({ length: 100 }, () => answers.find("key", "test"))));
    expect(gets).toBe(1);
    await clock.run(answers.find("key", "test"));
    expect(gets).toBe(2);
  });

  test("a store that rejects is a miss", async () => {
    const { ask } = stage({
      store: (clock) => {
        const { store, control } = scripted(clock);
        control.mode = "rejects";
        return store;
      },
    });
    expect((await ask()).text).toBe("Answer 1");
    expect((await ask()).text).toBe("Answer 1");
  });

  test("what still waits to be written is found, too, and purged", async () => {
    let control: ReturnType<typeof scripted>["control"] | undefined;
    const { ask, answers, made, clock } = stage({
      memoryBytes: 1_200,
      store: (at) => {
        const it = scripted(at);
        control = it.control;
        return it.store;
      },
    });
    if (control === undefined) throw new Error("no store");
    control.mode = "hangs";
    for (let index = 0; index < 6; index++)
      void ask({ request: { body: { temperature: 0, index } }, terms: { noCache: true } });
    await clock.advance(0);
    const waiting = made[4]?.cacheKey ?? "";
    expect(answers.peek(waiting, "test")).toBeUndefined();
    expect(await answers.find(waiting, "test")).toBeDefined();
    control.mode = "up";
    await answers.purge({ route: "route" });
    await clock.advance(10_000);
    expect(await clock.run(answers.find(waiting, "test"))).toBeUndefined();
  });

  test("a purge elsewhere empties this memory, too", async () => {
    let tell: ((selection: { route: string }) => void) | undefined;
    const { ask, answers } = stage({
      store: (clock) => {
        const inner = new MemoryAnswerStore(() => clock.wallTime());
        return {
          get: (key, signal) => inner.get(key, signal),
          set: () => Promise.resolve(),
          purge: (selection) => inner.purge(selection),
          onPurge(listener) {
            tell = listener;
            return () => {};
          },
        };
      },
    });
    await ask();
    tell?.({ route: "route" });
    expect(answers.figures.entries).toBe(0);
  });

  test("closing writes what is left", async () => {
    const written: StoredAnswer[] = [];
    const { ask, answers, clock } = stage({
      store: (at) => ({
        get: () => Promise.resolve(undefined),
        set: (_key, answer) => new Promise((resolve) => at.schedule(50, () => resolve(void written.push(answer)))),
        purge: () => Promise.resolve(0),
      }),
    });
    for (let index = 0; index < 10; index++) await ask({ request: { body: { temperature: 0, index } } });
    await clock.run(answers.close());
    expect(written).toHaveLength(10);
  });
});
