import type { JobState } from "../engine/ports/job.ts";

/** What happens to jobs in this process, for logs and metrics; named noun-verb. */
export type JobEvent =
  | { readonly type: "job-accepted"; readonly id: string; readonly tenant: string; readonly adopted: boolean }
  | { readonly type: "job-started"; readonly id: string; readonly tenant: string; readonly delivery: number }
  | {
      readonly type: "job-ended";
      readonly id: string;
      readonly tenant: string;
      readonly state: JobState;
      /** From acceptance to the end, in ms. */
      readonly ms: number;
      /** What it belongs to, such as a batch. */
      readonly group?: string | undefined;
    }
  | { readonly type: "job-released"; readonly id: string; readonly reason: string; readonly delayMs: number }
  /** Its result could not be written down, or it was no longer ours: another worker does it again. */
  | {
      readonly type: "job-dropped";
      readonly id: string;
      readonly why: "lease-lost" | "cancelled" | "store-unavailable";
    }
  | { readonly type: "jobs-swept"; readonly expired: number; readonly requeued: number; readonly deadLettered: number }
  | { readonly type: "job-store-failed"; readonly doing: string; readonly error: unknown };

/** Takes job events. It must be quick and must not throw. */
export type EmitJobEvent = (event: JobEvent) => void;
