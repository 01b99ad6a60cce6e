import type { Command } from "../command.ts";

/** The commands, each loaded when it is asked for, so that a short one starts fast. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./serve.ts")).serve,
  init: async () => (await import("./init.ts")).init,
  check: async () => (await import("./check.ts")).check,
  status: async () => (await import("./status.ts")).status,
  upstream: async () => (await import("./upstream.ts")).upstream,
  doctor: async () => (await import("./doctor.ts")).doctor,
  replay: async () => (await import("./replay.ts")).replay,
  simulate: async () => (await import("./simulate.ts")).simulate,
};
