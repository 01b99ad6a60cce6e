import type { Operation } from "../engine/index.ts";
import { type CallerError, callerError } from "./errors.ts";
import { quoted } from "./parse-headers.ts";

/** What a path stands for. */
export type Endpoint =
  | { readonly kind: "call"; readonly name: string; readonly operation: Operation; readonly beta: boolean }
  | { readonly kind: "models"; readonly name: string }
  | { readonly kind: "model"; readonly name: string; readonly id: string }
  | { readonly kind: "health"; readonly name: string }
  | { readonly kind: "readiness"; readonly name: string };

const call = (operation: Operation, path: string, beta = false): [string, Endpoint] => [
  path,
  { kind: "call", name: path, operation, beta },
];

/** OpenAI's paths, and DeepSeek's own, so that swapping the base URL is enough. */
const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  call("chat", "/v1/chat/completions"),
  call("chat", "/chat/completions"),
  call("chat", "/beta/chat/completions", true),
  call("completions", "/v1/completions"),
  call("completions", "/completions"),
  call("completions", "/beta/completions", true),
  call("embeddings", "/v1/embeddings"),
  call("embeddings", "/embeddings"),
  ["/v1/models", { kind: "models", name: "/v1/models" }],
  ["/models", { kind: "models", name: "/models" }],
  ["/healthz", { kind: "health", name: "/healthz" }],
  ["/readyz", { kind: "readiness", name: "/readyz" }],
]);

/** One model; its id may hold slashes (`deepseek-ai/DeepSeek-V3`). */
const MODEL_PATH = /^(\/v1\/models|\/models)\/(.+)$/;

/**
 * Finds what a request is for.
 * @param path the path as sent, with its query.
 * @returns the endpoint, or the error for an unknown path (404) or a wrong method (405, with `Allow`).
 */
export function routeRequest(method: string, path: string): Endpoint | CallerError {
  const bare = path.split(/[?#]/, 1)[0] ?? "";
  const endpoint = ENDPOINTS.get(bare) ?? modelEndpoint(bare);
  if (endpoint === undefined) {
    const known = [...ENDPOINTS.keys(), "/v1/models/{id}"].join(", ");
    return callerError("invalid_request", `There is no ${quoted(bare)} here. The paths are: ${known}.`, {
      status: 404,
    });
  }
  const allowed = endpoint.kind === "call" ? ["POST"] : ["GET", "HEAD"];
  if (allowed.includes(method)) return endpoint;
  return callerError("invalid_request", `${endpoint.name} takes ${allowed.join(" or ")}, not ${quoted(method)}.`, {
    status: 405,
    headers: { allow: allowed.join(", ") },
  });
}

function modelEndpoint(path: string): Endpoint | undefined {
  const [, prefix, encoded] = MODEL_PATH.exec(path) ?? [];
  if (prefix === undefined || encoded === undefined) return undefined;
  const id = decoded(encoded);
  return id === undefined ? undefined : { kind: "model", name: `${prefix}/{id}`, id };
}

/** The text that a path segment stands for; undefined for a malformed escape. */
function decoded(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
