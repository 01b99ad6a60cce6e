/** What a path asks for. `fim` is DeepSeek's fill-in-the-middle, a completion with a suffix. */
export type UpstreamOperation =
  | "chat"
  | "completions"
  | "embeddings"
  | "models"
  | "balance"
  | "stats"
  | "faults"
  | "set-profile";

/** A path that was understood. */
export interface UpstreamRoute {
  readonly operation: UpstreamOperation;
  readonly method: "GET" | "POST";
  /** Under `/beta`, where prefix continuation works. */
  readonly beta: boolean;
}

const OPERATIONS: Readonly<Record<string, Omit<UpstreamRoute, "beta">>> = {
  "/chat/completions": { operation: "chat", method: "POST" },
  "/completions": { operation: "completions", method: "POST" },
  "/embeddings": { operation: "embeddings", method: "POST" },
  "/models": { operation: "models", method: "GET" },
  "/user/balance": { operation: "balance", method: "GET" },
  "/sim/stats": { operation: "stats", method: "GET" },
  "/sim/faults": { operation: "faults", method: "GET" },
  "/sim/profile": { operation: "set-profile", method: "POST" },
};

/** Finds the route of a path: every path works bare, under `/v1` and under `/beta`. Undefined when there is none. */
export function findRoute(path: string): UpstreamRoute | undefined {
  const bare = path.split("?", 1)[0] as string;
  const beta = /^\/(v1\/)?beta\//.test(bare);
  const known = OPERATIONS[bare.replace(/^\/v1(?=\/)/, "").replace(/^\/beta(?=\/)/, "")];
  return known === undefined ? undefined : { ...known, beta };
}
