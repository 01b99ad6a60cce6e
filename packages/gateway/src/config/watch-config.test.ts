import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadedConfig } from "tideover/config";
import type { Clock } from "tideover/engine";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseConfig } from "./load-config.ts";
import { needsRestart } from "./needs-restart.ts";
import { type ConfigWatcher, watchConfig } from "./watch-config.ts";

/** Real events of the file system, but a debounce of a few ms. */
const quickClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs / 10);
    return { cancel: () => clearTimeout(timer) };
  },
};

const withDeadline = (deadline: string, server = "") =>
  `${server}\nproviders: { local: { preset: ollama } }\nroutes: [{ model: "*", deadline: ${deadline}, ladder: [local] }]\n`;

function load(text: string): LoadedConfig {
  const loaded = parseConfig(text, {});
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  return loaded;
}

describe("a watched file", () => {
  let folder = "";
  let watcher: ConfigWatcher | undefined;
  const changed = vi.fn<(loaded: LoadedConfig, restart: readonly string[]) => void>();
  const refused = vi.fn();
  const blind = vi.fn();
  const deadlines = () => changed.mock.calls.map(([{ config }]) => config.routes[0]?.deadline);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tideover-watch-"));
  });
  afterEach(async () => {
    watcher?.close();
    watcher = undefined;
    for (const spy of [changed, refused, blind]) spy.mockReset();
    await rm(folder, { recursive: true });
  });

  const watchFile = (path: string, current: string) => {
    watcher = watchConfig({
      path,
      environment: {},
      current: load(current),
      clock: quickClock,
      listener: { changed, refused, blind },
    });
    return watcher;
  };
  const start = async (text = withDeadline("10s")) => {
    const path = join(folder, "tideover.yaml");
    await writeFile(path, text);
    return { path, watcher: watchFile(path, text) };
  };

  /** All at once, so that no reading meets half a file. */
  const replaceFile = async (path: string, text: string) => {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };

  test("is taken when it is written over, even when a reading met half of it", async () => {
    const { path } = await start();
    await writeFile(path, withDeadline("20s"));
    await vi.waitFor(() => expect(deadlines()).toEqual([20_000]), 5_000);
  });

  test("is taken when an editor renames another into its place, once per text", async () => {
    const { path } = await start();
    await replaceFile(path, withDeadline("20s"));
    await vi.waitFor(() => expect(deadlines()).toEqual([20_000]), 5_000);
    await replaceFile(path, withDeadline("20s"));
    await replaceFile(path, withDeadline("30s"));
    await vi.waitFor(() => expect(deadlines()).toEqual([20_000, 30_000]), 5_000);
    expect(refused).not.toHaveBeenCalled();
  });

  test("is taken when Kubernetes exchanges the link to its folder", async () => {
    await mkdir(join(folder, "..v1"));
    await mkdir(join(folder, "..v2"));
    await writeFile(join(folder, "..v1", "tideover.yaml"), withDeadline("10s"));
    await writeFile(join(folder, "..v2", "tideover.yaml"), withDeadline("20s"));
    await symlink("..v1", join(folder, "..data"));
    await symlink(join("..data", "tideover.yaml"), join(folder, "tideover.yaml"));
    watchFile(join(folder, "tideover.yaml"), withDeadline("10s"));
    await symlink("..v2", join(folder, "..data_tmp"));
    await rename(join(folder, "..data_tmp"), join(folder, "..data"));
    await vi.waitFor(() => expect(deadlines()).toEqual([20_000]), 5_000);
  });

  test("that is bad is refused whole, and the next good one is taken", async () => {
    const { path } = await start();
    await replaceFile(path, withDeadline("soon"));
    await vi.waitFor(() => expect(refused).toHaveBeenCalledOnce(), 5_000);
    expect(refused.mock.calls[0]?.[0]).toMatchObject([{ path: "routes[0].deadline", line: 3 }]);
    expect(changed).not.toHaveBeenCalled();
    await replaceFile(path, withDeadline("20s"));
    await vi.waitFor(() => expect(deadlines()).toEqual([20_000]), 5_000);
  });

  test("that goes away is refused, and taken when it is back", async () => {
    const { path } = await start();
    await rm(path);
    await vi.waitFor(() => expect(refused).toHaveBeenCalledOnce(), 5_000);
    await replaceFile(path, withDeadline("10s"));
    await vi.waitFor(() => expect(deadlines()).toEqual([10_000]), 5_000);
  });

  test("that changed before the watch began is found", async () => {
    const path = join(folder, "tideover.yaml");
    await writeFile(path, withDeadline("20s"));
    watchFile(path, withDeadline("10s"));
    await vi.waitFor(() => expect(deadlines()).toEqual([20_000]), 5_000);
  });

  test("says what needs a restart", async () => {
    const { path } = await start();
    await replaceFile(path, withDeadline("20s", "server: { port: 9000, drain: 5s }"));
    await vi.waitFor(() => expect(changed).toHaveBeenCalledOnce(), 5_000);
    expect(changed.mock.calls[0]?.[1]).toEqual(["server.port"]);
  });

  test("says it as long as it holds, and no more once the file is as the process started", async () => {
    const { path, watcher: watching } = await start();
    for (const [text, restart] of [
      [withDeadline("20s", "server: { port: 9000 }"), ["server.port"]],
      [withDeadline("30s", "server: { port: 9000 }"), ["server.port"]],
      [withDeadline("40s"), []],
    ] as const) {
      await replaceFile(path, text);
      await watching.reload();
      expect(changed.mock.lastCall?.[1]).toEqual(restart);
    }
  });

  test("is read again on demand, changed or not", async () => {
    const { watcher: watching } = await start();
    await watching.reload();
    expect(deadlines()).toEqual([10_000]);
  });

  test("is left alone after the watch was closed", async () => {
    const { path, watcher: watching } = await start();
    watching.close();
    await replaceFile(path, withDeadline("20s"));
    await watching.reload();
    expect(changed).not.toHaveBeenCalled();
  });

  test("in a folder that is not there leaves the watcher blind, which it says", async () => {
    const path = join(folder, "none", "tideover.yaml");
    const watching = watchFile(path, withDeadline("10s"));
    expect(blind).toHaveBeenCalledOnce();
    expect(blind.mock.calls[0]?.[0]).toContain("cannot be watched");
    await watching.reload();
    expect(refused).toHaveBeenCalled();
  });
});

test("host, port, data folder, limits, proxy, authorities and stores need a restart; the rest does not", () => {
  const old = load(withDeadline("10s")).config;
  const server =
    "server: { host: localhost, port: 1, dataDir: d, limits: { body: 1MiB }, proxy: off, ca: x.pem, drain: 1s }";
  const changed = load(withDeadline("20s", `${server}\nstores: { cache: memory }`)).config;
  expect(needsRestart(old, changed)).toEqual([
    "server.host",
    "server.port",
    "server.dataDir",
    "server.limits",
    "server.proxy",
    "server.ca",
    "stores",
  ]);
  expect(needsRestart(old, load(withDeadline("20s")).config)).toEqual([]);
});
