import { readFileSync } from "node:fs";
import { freemem } from "node:os";

/** Reads a small file of the system; undefined where there is none. */
export type ReadSystemFile = (path: string) => string | undefined;

/** Values above this are cgroup's way to say "no limit" (v1 writes nearly 2^63). */
const NO_LIMIT = 2 ** 60;

/**
 * Memory that this process can still take, in bytes: what the system could give without swapping, or what its control
 * group (a container) leaves, whichever is less. File cache counts as free, because the kernel gives it up.
 */
export function availableMemory(read: ReadSystemFile = readSystemFile, fallback: () => number = freemem): number {
  const system = meminfoAvailable(read("/proc/meminfo")) ?? fallback();
  const group = groupV2(read) ?? groupV1(read);
  return Math.max(0, group === undefined ? system : Math.min(system, group));
}

function groupV2(read: ReadSystemFile): number | undefined {
  const path = groupPath(read("/proc/self/cgroup"));
  // Inside a container the group is mounted at the root, whatever its path on the host is.
  for (const folder of new Set([`/sys/fs/cgroup${path}`, "/sys/fs/cgroup"])) {
    const limit = number(read(`${folder}/memory.max`));
    const used = number(read(`${folder}/memory.current`));
    if (limit === undefined || used === undefined) continue;
    const cache = statistic(read(`${folder}/memory.stat`), "inactive_file") ?? 0;
    return limit - used + cache;
  }
  return undefined;
}

function groupV1(read: ReadSystemFile): number | undefined {
  const limit = number(read("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
  const used = number(read("/sys/fs/cgroup/memory/memory.usage_in_bytes"));
  if (limit === undefined || used === undefined || limit > NO_LIMIT) return undefined;
  const cache = statistic(read("/sys/fs/cgroup/memory/memory.stat"), "total_inactive_file") ?? 0;
  return limit - used + cache;
}

function groupPath(cgroup: string | undefined): string {
  return /^0::(\/[^\n]*)$/m.exec(cgroup ?? "")?.[1] ?? "";
}

function meminfoAvailable(meminfo: string | undefined): number | undefined {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo ?? "")?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
}

function statistic(text: string | undefined, name: string): number | undefined {
  return number(new RegExp(`^${name} (\\d+)$`, "m").exec(text ?? "")?.[1]);
}

function number(text: string | undefined): number | undefined {
  const digits = text?.trim() ?? "";
  return /^\d+$/.test(digits) ? Number(digits) : undefined;
}

function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Another system, or a group without that controller: the next source is asked.
    return undefined;
  }
}
