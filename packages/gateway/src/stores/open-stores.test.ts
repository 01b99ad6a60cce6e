import { existsSync } from "node:fs";
import { join } from "node:path";
import { resolveConfig } from "tideover/config";
import { storedAnswer } from "tideover/testing";
import { describe, expect, it } from "vitest";
import { SILENT_LOG } from "../logging/index.ts";
import { systemClock } from "../system.ts";
import { temporaryFolder } from "./embedded/testing/temporary-folder.ts";
import { openStores } from "./open-stores.ts";

const signal = new AbortController().signal;

function open(folder: string, cache: string | undefined, when: "always" | "never" = "always") {
  const resolved = resolveConfig({
    providers: { only: { preset: "deepseek", apiKey: "sk-test" } },
    ...(cache === undefined ? {} : { stores: { cache } }),
    routes: [{ model: "*", cache: { when }, ladder: ["only"] }],
  });
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  return openStores({ config: resolved.config, folder, what: "test", clock: systemClock, log: SILENT_LOG });
}

describe("the stores of a configuration", () => {
  it("keep answers in SQLite in the data folder unless told otherwise, over restarts", async () => {
    using folder = temporaryFolder();
    const first = await open(folder.path, undefined);
    await first.answers?.set("key", storedAnswer(Date.now()));
    await first.close();
    expect(existsSync(join(folder.path, ".tideover", "answers.sqlite"))).toBe(true);
    const second = await open(folder.path, "sqlite");
    expect((await second.answers?.get("key", signal))?.tenant).toBe("shop");
    await second.close();
  });

  it("touch no disk when memory is all, or nothing is cached", async () => {
    using folder = temporaryFolder();
    for (const stores of [await open(folder.path, "memory"), await open(folder.path, "sqlite", "never")]) {
      expect([stores.answers, stores.flights]).toEqual([undefined, undefined]);
      await stores.close();
    }
    expect(existsSync(join(folder.path, ".tideover"))).toBe(false);
  });

  it("open with a Redis that is not there", async () => {
    using folder = temporaryFolder();
    const stores = await open(folder.path, "redis://127.0.0.1:1");
    await expect(stores.answers?.get("key", signal)).rejects.toThrow("Redis at redis://127.0.0.1:1 is not connected");
    await stores.close();
    expect(existsSync(join(folder.path, ".tideover"))).toBe(false);
  });

  it("are refused by name for an address that cannot be", async () => {
    using folder = temporaryFolder();
    await expect(open(folder.path, "mysql://secret@db")).rejects.toThrow(/^stores\.cache must be sqlite, memory, or/);
    await expect(open(folder.path, "redis://:secret@a,b")).rejects.toThrow(/^stores\.cache names several hosts/);
  });
});
