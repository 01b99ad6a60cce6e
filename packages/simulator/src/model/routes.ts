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

/** Every path works bare, under `/v1` and under `/beta`. */
const ROUTES: ReadonlyMap<string, UpstreamRoute> = new Map(
  Object.entries(OPERATIONS).flatMap(([path, operation]) =>
    ["", "/v1", "/beta", "/v1/beta"].map((under) => [under + path, { ...operation, beta: under.endsWith("/beta") }]),
  ),
);

/** Finds the route of a path, whatever query it has. Undefined when there is none. */
export function findRoute(path: string): UpstreamRoute | undefined {
  return ROUTES.get(path) ?? ROUTES.get(path.split("?", 1)[0] as string);
}
