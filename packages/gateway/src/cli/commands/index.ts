import type { Command } from "../command.ts";

/** The commands, each loaded when it is asked for, so that a short one starts fast. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./serve.ts")).serve,
  init: async () => (await import("./init.ts")).init,
  import: async () => (await import("./import.ts")).importCommand,
  check: async () => (await import("./check.ts")).check,
  status: async () => (await import("./status.ts")).status,
  upstream: async () => (await import("./upstream.ts")).upstream,
  model: async () => (await import("./model.ts")).model,
  doctor: async () => (await import("./doctor.ts")).doctor,
  warm: async () => (await import("./warm.ts")).warm,
  jobs: async () => (await import("./jobs.ts")).jobs,
  batch: async () => (await import("./batch.ts")).batch,
  work: async () => (await import("./work.ts")).work,
  cache: async () => (await import("./cache.ts")).cache,
  review: async () => (await import("./review.ts")).review,
  forecast: async () => (await import("./forecast.ts")).forecast,
  erase: async () => (await import("./erase.ts")).erase,
  backup: async () => (await import("./backup.ts")).backup,
  replay: async () => (await import("./replay.ts")).replay,
  simulate: async () => (await import("./simulate.ts")).simulate,
};
