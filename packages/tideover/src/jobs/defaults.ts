/** How long a worker is believed to live without a sign of life, in ms. */
export const LEASE_MS = 30_000;
/** How often a worker shows one, in ms: two may be lost before the lease ends. */
export const HEARTBEAT_MS = 10_000;
/** Most deliveries of a job that count; then it is a dead letter (SQS and RabbitMQ guides suggest 3 to 5). */
export const MOST_DELIVERIES = 5;
/** How long an idle worker waits before it looks by itself, in ms: for jobs whose time has come. */
export const POLL_MS = 1_000;
/** Most jobs that one process works on at once, whatever the limits say. */
export const MOST_AT_ONCE = 64;
/** Share of a provider's current concurrency limit that jobs may use; live traffic has the rest, and comes first. */
export const DRAIN_SHARE = 0.3;
/** How often expired, lost and old jobs are looked for, in ms. */
export const SWEEP_MS = 5_000;
/** Jobs that one sweep handles of each sort. */
export const SWEEP_LIMIT = 500;
/** After this time a broker is told again of a job that still waits, in ms. */
export const REPUBLISH_MS = 60_000;
/** How long a caller's idempotency key is remembered, in ms (semantics, "Cache, flights, tickets"). */
export const IDEMPOTENCY_MS = 24 * 3_600_000;
/** How long a job may wait for its answer unless its route says otherwise, in ms: OpenAI's batch window. */
export const EXPIRES_MS = 24 * 3_600_000;
/** How long an ended job is kept, in ms. */
export const KEEP_MS = 7 * 24 * 3_600_000;
/** How long one attempt at a job may take, in ms: nobody waits for it, so twice what an OpenAI SDK allows a caller. */
export const ATTEMPT_MS = 20 * 60_000;
/** Delays before a job is tried again after a delivery that counts: 5 s, doubling, up to 5 minutes. */
export const REDELIVERY = { baseDelayMs: 5_000, maxDelayMs: 300_000, jitter: 0.2 } as const;
/**
 * Delays before a job is tried again whose worker disappeared at it, in ms, by how often that has happened. None the first
 * time: a worker that is stopped is no fault of its jobs. Then more and more, so that a time in which workers are killed
 * again and again passes before the job has had its last delivery.
 */
export const LOST_DELAYS_MS: readonly number[] = [0, 5_000, 15_000, 45_000];
/** Pauses of a route's jobs while its providers cannot answer: 1 s, doubling, up to half a minute. */
export const OUTAGE_PAUSE = { baseDelayMs: 1_000, maxDelayMs: 30_000, jitter: 0.2 } as const;
/** Pause when live traffic leaves no room, in ms. */
export const NO_ROOM_MS = 500;
/** Waits between tries to write a result down while the store is out, in ms; together about half a minute. */
export const SETTLE_RETRY_MS: readonly number[] = [100, 300, 1_000, 2_000, 4_000, 8_000, 16_000];
/** How far back ended jobs count for the drain rate, in ms. */
export const DRAIN_FADE_MS = 120_000;
/** Bounds of the `Retry-After` of a job that has not ended, in ms. */
export const LEAST_ASK_AGAIN_MS = 1_000;
export const MOST_ASK_AGAIN_MS = 300_000;
/** What it says while nothing is known of the drain rate, in ms. */
export const ASK_AGAIN_MS = 5_000;
/** How often the store is asked what became of the same request elsewhere, in ms. */
export const REPLAY_POLL_MS = 250;
/** Most models whose route is remembered, for passing over those that are out. */
export const MOST_MODELS = 256;
/** Most answers whose chunks are kept at once for those who read along. */
export const MOST_STREAM_LOGS = 256;
/** Most text of one of them, in UTF-16 units of its chunks: some 30,000 tokens at 250 bytes a chunk. */
export const MOST_STREAM_LOG_LENGTH = 8 * 1024 * 1024;
/** How long they are kept after the answer's end, in ms: OpenAI's background streams resume for as long. */
export const STREAM_LOG_KEPT_MS = 5 * 60_000;
/** How often the ceiling of calls beside which jobs may run is moved, in ms: some ten calls end in between. */
export const CEILING_EVERY_MS = 5_000;
/** First tokens that take so many times as long as without jobs are a sign that jobs are in the way. */
export const MOST_SLOWNESS = 1.15;
/** The same while calls among few and among many can be compared: then only for what makes both slow. */
export const CLEARLY_SLOW = 1.5;
/** What is left of the ceiling then, and by what share of itself it rises else, by one call at least. */
export const CEILING_RETREAT = 0.8;
export const CEILING_GROWTH = 0.1;
/** The same before it was ever too high: from 1 to 64 takes 80 s. */
export const CEILING_FIRST_GROWTH = 0.25;
/** Share of the newest look in what counts as usual without jobs: over the last two minutes or so. */
export const USUAL_WEIGHT = 0.04;
