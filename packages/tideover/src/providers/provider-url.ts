import type { Operation } from "../engine/index.ts";

/**
 * A base URL as an OpenAI SDK would be given, brought to one form: no trailing slash, query or fragment.
 * @returns the problem, in words that follow "the base URL", when it is not one.
 */
export function normaliseBaseUrl(text: string): { readonly baseUrl: string } | { readonly problem: string } {
  const placeholder = /\{[a-z]+\}/.exec(text);
  if (placeholder !== null) return { problem: `still holds the placeholder ${placeholder[0]}; give it filled in` };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return { problem: "is not a URL; it should look like https://api.example.com/v1" };
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return { problem: "must begin with https:// or http://" };
  if (url.username !== "" || url.password !== "")
    return { problem: "must not hold a user name or password; use apiKey" };
  if (url.search !== "" || url.hash !== "") return { problem: "must not have a query or a fragment" };
  if (/\/(chat\/)?completions\/?$/.test(url.pathname)) {
    return { problem: "must end before /chat/completions; that part is added" };
  }
  return { baseUrl: `${url.origin}${url.pathname.replace(/\/+$/, "")}` };
}

/**
 * The base of DeepSeek's beta features: `/beta` beside the version, so `https://host/v1` gives `https://host/beta`.
 * A base that is the beta one already stays.
 */
export function betaBaseUrl(baseUrl: string): string {
  if (baseUrl.endsWith("/beta")) return baseUrl;
  return baseUrl.endsWith("/v1") ? `${baseUrl.slice(0, -"/v1".length)}/beta` : `${baseUrl}/beta`;
}

const PATHS: Readonly<Record<Operation, string>> = {
  chat: "/chat/completions",
  completions: "/completions",
  fim: "/completions",
  embeddings: "/embeddings",
};

/** Where an operation is asked for at a provider. */
export function operationUrl(baseUrl: string, operation: Operation, beta: boolean): string {
  return `${beta ? betaBaseUrl(baseUrl) : baseUrl}${PATHS[operation]}`;
}
