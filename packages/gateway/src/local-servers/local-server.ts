/** A model that a server on this machine offers. */
export interface OfferedModel {
  readonly id: string;
  /** It is in memory; false: the first request loads it; absent: the server does not say. */
  readonly loaded?: boolean;
  /** Prompt and answer together, in tokens, where the server says it. */
  readonly contextTokens?: number;
}

/**
 * How far a server is.
 * - `ready`: it answers requests.
 * - `cold`: it runs, and loads a model at the first request for it.
 * - `warming`: it is loading its model and refuses requests until then.
 */
export type ServerState = "ready" | "cold" | "warming";

/** A server of models that was found on this machine. */
export interface LocalServer {
  /** Name of the catalogue's entry. */
  readonly preset: string;
  readonly title: string;
  /** What a provider's `baseUrl` would be. */
  readonly baseUrl: string;
  readonly state: ServerState;
  readonly version?: string;
  readonly models: readonly OfferedModel[];
}
