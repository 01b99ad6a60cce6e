/** What the process says to whoever started it: done; tried and failed; not tried, because the command was wrong. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** The exit code of a command. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
