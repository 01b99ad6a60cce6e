/** How long and how much is measured. */
export interface Plan {
  readonly quick: boolean;
  readonly rounds: number;
  /** Warm-up of each system at the start of a round, in s: half of it unstreamed, half of it streamed. */
  readonly warmSeconds: number;
  /** Connections that send one request after the other. */
  readonly connections: number;
  readonly rateSeconds: number;
  readonly latencySeconds: number;
  /** Requests per second while added latency is measured. */
  readonly latencyRate: number;
  readonly firstTokenSeconds: number;
  /**
   * Streams begun per second while the time to the first token is measured. No divisor of the events per second: each
   * would begin in the very moment in which all those that are open have an event, as no callers do.
   */
  readonly firstTokenRate: number;
  /** Streams open at 20 events a second each, below saturation. */
  readonly streams: number;
  /** The same, more than any system here can serve from one core. */
  readonly saturatingStreams: number;
  readonly streamSeconds: number;
  /** Rest after many streams were left at once, in s. */
  readonly restSeconds: number;
  /** Silent streams that are opened before memory is read for the first time, and once more before the second. */
  readonly idleStreams: number;
  /** How long a system is left alone before its memory is read, in s. */
  readonly settleSeconds: number;
  /** For each way through the engine, in s. */
  readonly engineSeconds: number;
  /** For warming up the simulator, and for what is measured of it, in s of CPU time. */
  readonly simulationSeconds: number;
}

/** The plan whose figures count. */
export const FULL: Plan = {
  quick: false,
  rounds: 3,
  warmSeconds: 24,
  connections: 64,
  rateSeconds: 8,
  latencySeconds: 10,
  latencyRate: 250,
  firstTokenSeconds: 10,
  firstTokenRate: 23,
  streams: 1_000,
  saturatingStreams: 3_000,
  streamSeconds: 8,
  restSeconds: 1,
  idleStreams: 1_000,
  settleSeconds: 2,
  engineSeconds: 2,
  simulationSeconds: 10,
};

/** A look within two minutes at whether everything works. */
export const QUICK: Plan = {
  quick: true,
  rounds: 1,
  warmSeconds: 1,
  connections: 32,
  rateSeconds: 1,
  latencySeconds: 1,
  latencyRate: 250,
  firstTokenSeconds: 1,
  firstTokenRate: 23,
  streams: 300,
  saturatingStreams: 1_000,
  streamSeconds: 1,
  restSeconds: 0.2,
  idleStreams: 300,
  settleSeconds: 0.5,
  engineSeconds: 0.5,
  simulationSeconds: 1,
};
