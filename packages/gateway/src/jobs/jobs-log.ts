import type { EmitJobEvent } from "tideover/jobs";
import type { Log } from "../logging/index.ts";

/** Logs what happens to jobs: what an operator must act on as a warning, ends as information, the rest for debugging. */
export function jobsLog(log: Log): EmitJobEvent {
  return (event) => {
    switch (event.type) {
      case "job-ended": {
        const { type, id, tenant, state, ms, group } = event;
        // A batch tells of its own end, with its counts: fifty thousand lines say no more.
        if (group !== undefined && !log.enabled("debug")) return;
        log.record("info", { event: type, job: id, tenant, state, ms: Math.round(ms) }, `Job ${state}.`);
        return;
      }
      case "jobs-swept": {
        const { type, ...facts } = event;
        const isWarning = facts.requeued > 0 || facts.deadLettered > 0;
        log[isWarning ? "warn" : "info"]({ event: type, ...facts }, "Jobs expired, or their worker was lost.");
        return;
      }
      case "job-dropped":
        log.warn({ event: event.type, job: event.id, why: event.why }, "The result of a job was thrown away.");
        return;
      case "job-store-failed": {
        const why = event.error instanceof Error ? event.error.message : String(event.error);
        log.error({ event: event.type, doing: event.doing, why }, `The job store is out: ${why}`);
        return;
      }
      default: {
        if (!log.enabled("debug")) return;
        const { type, id, ...facts } = event;
        log.debug({ event: type, job: id, ...facts }, `${type.replace("-", " ")}.`);
      }
    }
  };
}
