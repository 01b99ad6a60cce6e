import { expect, test } from "vitest";
import { MEMORY_MARGIN_BYTES } from "../defaults.ts";
import { availableMemory } from "./available-memory.ts";
import { memoryNeed, refusalForMemory } from "./memory-need.ts";

const GIB = 1_024 ** 3;
const files = (entries: Record<string, string>) => (path: string) => entries[path];
const MEMINFO = `MemTotal:       16777216 kB\nMemFree:         1048576 kB\nMemAvailable:    8388608 kB\n`;

test("the system's own word counts where there is no group", () => {
  expect(availableMemory(files({ "/proc/meminfo": MEMINFO }))).toBe(8 * GIB);
  expect(availableMemory(files({}), () => 3 * GIB)).toBe(3 * GIB);
});

test("a container's limit counts, less what is used and cannot be given up", () => {
  const group = {
    "/proc/meminfo": MEMINFO,
    "/proc/self/cgroup": "0::/\n",
    "/sys/fs/cgroup/memory.max": `${2 * GIB}\n`,
    "/sys/fs/cgroup/memory.current": `${1.5 * GIB}\n`,
    "/sys/fs/cgroup/memory.stat": `anon 1\ninactive_file ${GIB}\n`,
  };
  expect(availableMemory(files(group))).toBe(1.5 * GIB);
  expect(availableMemory(files({ ...group, "/sys/fs/cgroup/memory.max": "max\n" }))).toBe(8 * GIB);
  const nested = Object.fromEntries(
    Object.entries(group).map(([path, text]) => [path.replace("/sys/fs/cgroup/", "/sys/fs/cgroup/pod/"), text]),
  );
  expect(availableMemory(files({ ...nested, "/proc/self/cgroup": "0::/pod\n" }))).toBe(1.5 * GIB);
});

test("the older kind of group counts too, unless it has no limit", () => {
  const folder = "/sys/fs/cgroup/memory";
  const group = {
    "/proc/meminfo": MEMINFO,
    [`${folder}/memory.limit_in_bytes`]: `${4 * GIB}`,
    [`${folder}/memory.usage_in_bytes`]: `${3 * GIB}`,
    [`${folder}/memory.stat`]: `total_inactive_file ${0.5 * GIB}\n`,
  };
  expect(availableMemory(files(group))).toBe(1.5 * GIB);
  const unlimited = { ...group, [`${folder}/memory.limit_in_bytes`]: "9223372036854771712" };
  expect(availableMemory(files(unlimited))).toBe(8 * GIB);
});

// Qwen2-1.5B: 28 layers, 2 key-value heads of 128; 28 KiB a token in 16 bits, 56 KiB in 32.
const SHAPE = { layers: 28, keyValueHeads: 2, headSize: 128, maxPositions: 131_072, architecture: "qwen2" };

test("the cache is reckoned for the whole context, twice", () => {
  expect(memoryNeed(0, SHAPE, "q4", 4_096).cache).toBe(2 * 56 * 1_024 * 4_096);
  expect(memoryNeed(0, SHAPE, "q4f16", 4_096).cache).toBe(2 * 28 * 1_024 * 4_096);
});

test("a model that does not fit is refused, and the refusal says by how much", () => {
  const need = memoryNeed(1.7 * GIB, SHAPE, "q4", 4_096);
  expect(refusalForMemory(need, need.total + MEMORY_MARGIN_BYTES)).toBeUndefined();
  expect(refusalForMemory(need, need.total + MEMORY_MARGIN_BYTES - 1)).toMatch(
    /^The model needs about 2625 MiB \(weights 1741 MiB, cache 448 MiB\) and 2624 MiB are left; take a smaller one/,
  );
  expect(refusalForMemory(need, 0)).toMatch(/0 MiB are left/);
});
