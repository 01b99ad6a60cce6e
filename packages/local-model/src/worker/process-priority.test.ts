import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const MODULE = new URL("./process-priority.ts", import.meta.url).href;
/** Linux's number of `SCHED_IDLE` (sched(7)). */
const IDLE_CLASS = 5;
/** The scheduling class's place in /proc/self/stat (proc(5)), counted behind the command's closing bracket. */
const CLASS_PLACE = 38;

/** How a process of its own gives way: what it was told, its priority, and on Linux the class of its first thread. */
async function yields(args: string): Promise<{ told: string; priority: number; schedulingClass?: number }> {
  const program = `
    import { readFileSync } from "node:fs";
    import { getPriority } from "node:os";
    import { yieldToOthers } from ${JSON.stringify(MODULE)};
    const told = await yieldToOthers(${args});
    const stat = process.platform === "linux" ? readFileSync("/proc/self/stat", "utf8") : undefined;
    const schedulingClass = stat && Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[${CLASS_PLACE}]);
    process.stdout.write(JSON.stringify({ told, priority: getPriority(), schedulingClass }));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
  return JSON.parse(stdout);
}

test.runIf(process.platform === "linux")("on Linux the model runs when nothing else wants to", async () => {
  expect(await yields("")).toMatchObject({ told: "idle", schedulingClass: IDLE_CLASS });
});

test("elsewhere, and where the class cannot be changed, it has a lower priority", async () => {
  for (const args of ['"darwin"', '"linux", "no-such-program"', '"linux", "false"']) {
    const { told, priority, schedulingClass = 0 } = await yields(args);
    expect([told, priority > 0, schedulingClass]).toEqual(["lower-priority", true, 0]);
  }
});
