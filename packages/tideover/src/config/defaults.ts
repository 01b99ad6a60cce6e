import {
  CONNECT_MS,
  FIRST_TOKEN_MS,
  FIRST_TOKEN_THINKING_MS,
  GAP_MS,
  TOTAL_MS,
} from "../engine/layers/attempt/defaults.ts";
import {
  BREAKER_CONSECUTIVE,
  BREAKER_MAX_OPEN_MS,
  BREAKER_MINIMUM,
  BREAKER_OPEN_MS,
  BREAKER_PROBES,
  BREAKER_RATIO,
  BREAKER_WINDOW_MS,
} from "../engine/layers/circuit-breaker/defaults.ts";
import {
  RETRY_ATTEMPTS,
  RETRY_BASE_DELAY_MS,
  RETRY_BUDGET_SHARE,
  RETRY_MAX_DELAY_MS,
} from "../engine/layers/retry/defaults.ts";
import { DRAIN_SHARE, EXPIRES_MS, KEEP_MS, MOST_AT_ONCE } from "../jobs/defaults.ts";
import type {
  ResolvedBreaker,
  ResolvedCache,
  ResolvedHedge,
  ResolvedInProcess,
  ResolvedRetry,
  ResolvedRoute,
  ResolvedTicket,
  ResolvedWarm,
} from "./resolved-config.ts";
import type { ResolvedServer, ResolvedShedding } from "./resolved-server.ts";

/*
 * Every default of a configuration, in one place. Times in ms, sizes in bytes, shares from 0 to 1. A number that a
 * layer of the engine owns is taken from that layer, where its source is told.
 */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const KIB = 1_024;
const MIB = 1_024 * KIB;

/** `server.shedding`. */
export const SHEDDING_DEFAULTS: ResolvedShedding = {
  // A chunk is to be late by less than 30 ms at p99; the loop's delay is what a chunk waits, and its own work comes after.
  delay: 20,
  mostOpen: "auto",
};

/** The `server` section. Only loopback by default, because by default there are no keys. */
export const SERVER_DEFAULTS: ResolvedServer = {
  host: "127.0.0.1",
  port: 8787,
  dataDir: ".tideover",
  open: false,
  keys: [],
  jobs: { workers: true, concurrency: MOST_AT_ONCE, share: DRAIN_SHARE, keep: KEEP_MS },
  webhooks: [],
  allowedHosts: [],
  passthroughKeys: false,
  limits: {
    // A message with images in base64; OpenAI and Anthropic accept the same order of size.
    body: 32 * MIB,
    // Twice Node's own 16 KiB: traces, cookies and long keys together.
    headers: 32 * KIB,
    // An honest client sends its head at once; slow heads hold a socket for nothing (Slowloris).
    headersTimeout: 15 * SECOND,
    // 32 MiB at 4.5 Mbit/s, a slow uplink.
    bodyTimeout: 60 * SECOND,
    // A client that has gone is noticed by its connection. One that only reads slowly cannot be told from one that does
    // not read: its kernel says nothing of what is taken until a good part of its buffer is free, and ours frees a third
    // of its own before it takes more. At 1 KB/s that is minutes, and what it holds here meanwhile is little.
    writeTimeout: 10 * MINUTE,
  },
  shedding: SHEDDING_DEFAULTS,
  // One process is the whole of a small gateway; more cost memory each, and pay from some 500 streams at once on.
  workers: 1,
  keepAlive: {
    // DeepSeek's own comments come each 10 to 15 s; idle timeouts of proxies begin at 30 s.
    interval: 15 * SECOND,
    unary: false,
  },
  // The grace that Kubernetes gives a pod before it kills it.
  drain: 30 * SECOND,
  provenance: { headers: true, body: true },
  records: { requests: 500, prompts: false },
  openMetrics: false,
  proxy: "environment",
  ca: [],
};

/** The most urgent priority that a key may ask for; 0 and 1 are for keys that were given them. */
export const KEY_MAX_PRIORITY = 2;

/** `breaker` of a provider. */
export const BREAKER_DEFAULTS: ResolvedBreaker = {
  consecutive: BREAKER_CONSECUTIVE,
  ratio: BREAKER_RATIO,
  minimum: BREAKER_MINIMUM,
  window: BREAKER_WINDOW_MS,
  open: BREAKER_OPEN_MS,
  maxOpen: BREAKER_MAX_OPEN_MS,
  probes: BREAKER_PROBES,
  counts: ["fault", "overloaded"],
};

/** `inProcess` of a provider with the preset `onnx`. */
export const IN_PROCESS_DEFAULTS: ResolvedInProcess = {
  // A key-value cache of 4096 tokens of Qwen2-1.5B takes 220 MiB; longer contexts are for those who have the memory.
  contextTokens: 4_096,
  unloadAfter: 5 * MINUTE,
  queue: 8,
  warm: false,
};

/** `retry` of a route. */
export const RETRY_DEFAULTS: ResolvedRetry = {
  attempts: RETRY_ATTEMPTS,
  same: "when-last",
  baseDelay: RETRY_BASE_DELAY_MS,
  maxDelay: RETRY_MAX_DELAY_MS,
  jitter: "full",
  budget: RETRY_BUDGET_SHARE,
};

/** `cache` of a route. */
export const CACHE_DEFAULTS: ResolvedCache = {
  fresh: HOUR,
  stale: 7 * DAY,
  when: "deterministic",
  pace: 0,
  also: [],
  tags: [],
};

/** The most tags of a route, and of a request. */
export const MOST_CACHE_TAGS = 16;

/** `similar` of a ladder. Embeddings of paraphrases lie above it, those of other questions below (models differ). */
export const SIMILAR_THRESHOLD = 0.95;

/** `ticket` on a ladder. */
export const TICKET_DEFAULTS: ResolvedTicket = {
  kind: "ticket",
  always: false,
  beside: [],
  expires: EXPIRES_MS,
  offPeak: false,
};

/** The events that a webhook is told of. */
export const WEBHOOK_EVENTS = ["job.succeeded", "job.failed", "job.expired", "job.cancelled"] as const;

/** `hedge` of a route that asks for hedging without saying how. Off unless asked for. */
export const HEDGE_DEFAULTS: ResolvedHedge = { after: "p95", budget: 0.02 };

/** The other settings of a route. */
export const ROUTE_DEFAULTS: Omit<ResolvedRoute, "name" | "model" | "ladder" | "cache" | "retry" | "hedge"> & {
  readonly hedge: "off";
} = {
  // An OpenAI SDK waits 600 s, people far less; a long unstreamed answer at 20 tokens a second still fits.
  deadline: 120 * SECOND,
  firstToken: { chat: FIRST_TOKEN_MS, thinking: FIRST_TOKEN_THINKING_MS },
  gap: GAP_MS,
  connect: CONNECT_MS,
  total: TOTAL_MS,
  minRate: "off",
  hedge: "off",
  resume: "auto",
};

/** `warm[]`: in background, so a few at a time. */
export const WARM_DEFAULTS: Pick<ResolvedWarm, "offPeak" | "concurrency"> = { offPeak: false, concurrency: 4 };
