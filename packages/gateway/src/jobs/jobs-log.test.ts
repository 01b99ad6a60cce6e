import { expect, test } from "vitest";
import { createLog } from "../logging/index.ts";
import { jobsLog } from "./jobs-log.ts";

/** What is logged of two ended jobs, one of them a line of a batch. */
function loggedAt(level: "info" | "debug"): string[] {
  const lines: string[] = [];
  const log = createLog({ level, destination: { write: (line) => lines.push(line) } });
  const emit = jobsLog(log);
  const ended = { type: "job-ended", tenant: "shop", state: "succeeded", ms: 5 } as const;
  emit({ ...ended, id: "job_own" });
  emit({ ...ended, id: "job_line", group: "batch_1" });
  log.flush();
  return lines;
}

test("the end of a batch's line is told for debugging only", () => {
  const told = (level: "info" | "debug", job: string) => loggedAt(level).join("").includes(job);
  expect([told("info", "job_own"), told("info", "job_line")]).toEqual([true, false]);
  expect([told("debug", "job_own"), told("debug", "job_line")]).toEqual([true, true]);
});
