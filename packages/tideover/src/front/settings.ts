/** What an operator may set about the HTTP surface. Every member has a default in {@link DEFAULT_SETTINGS}. */
export interface FrontSettings {
  /**
   * Host names that are accepted without keys, beside the loopback names; `*` accepts every one. Compared without
   * the port, in lower case.
   */
  readonly allowedHosts: readonly string[];
  /** Whether answers say how they came about: in response headers, and as the `tideover` member of the body. */
  readonly provenance: { readonly headers: boolean; readonly body: boolean };
  readonly keepAlive: {
    /** Silence after which the waiting caller gets a sign of life, in ms. */
    readonly intervalMs: number;
    /** Whether unstreamed callers get one too: leading newlines, which costs the true HTTP status. */
    readonly unary: boolean;
  };
  readonly limits: {
    /** Largest request body, in bytes. */
    readonly bodyBytes: number;
    /** Deepest nesting of objects and arrays in a request body. */
    readonly jsonDepth: number;
  };
  /** Without keys of our own: the caller's key is its tenant and goes to the provider in place of ours. */
  readonly passthroughKeys: boolean;
}

/** Semantics, "Time": a stream's head is held, and silence bridged, 15 s at a time. */
export const KEEP_ALIVE_INTERVAL_MS = 15_000;

/** No caller can make us send signs of life more often than this (ms), whatever read timeout it names. */
export const LEAST_KEEP_ALIVE_MS = 100;

/** Largest request body: room for a prompt of a million tokens or several images (bytes). */
export const MOST_BODY_BYTES = 32 * 1024 * 1024;

/**
 * Deepest nesting of a request body. Tool schemas in the wild stay under 30; what re-serialises a body recurses, and
 * some thousands of levels would overflow its stack.
 */
const MOST_JSON_DEPTH = 200;

/**
 * How long after a call's deadline the front still waits for the engine, which enforces the deadline itself, before it
 * answers alone (ms). Only a misbehaving service makes it wait.
 */
export const DEADLINE_GRACE_MS = 100;

/** How long one read of an answer may take when the route sets no total: semantics, "Time", total (ms). */
export const DEFAULT_TOTAL_MS = 30 * 60_000;

/** The settings of a front that was told nothing. */
export const DEFAULT_SETTINGS: FrontSettings = {
  allowedHosts: [],
  provenance: { headers: true, body: true },
  keepAlive: { intervalMs: KEEP_ALIVE_INTERVAL_MS, unary: false },
  limits: { bodyBytes: MOST_BODY_BYTES, jsonDepth: MOST_JSON_DEPTH },
  passthroughKeys: false,
};
