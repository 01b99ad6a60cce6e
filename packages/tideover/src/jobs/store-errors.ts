import type { JobError } from "../engine/ports/job.ts";

/** The error of a job whose time was over before a worker could take it. */
export const EXPIRED: JobError = {
  code: "deadline_exceeded",
  message: "The job expired before it could be answered.",
  deadLetter: false,
};

/** The error of a job whose workers all disappeared. */
export const WORKER_LOST: JobError = {
  code: "worker_lost",
  message: "Each worker that took the job stopped without a word; it may be what makes them stop.",
  deadLetter: true,
};
