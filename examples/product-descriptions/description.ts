import type { Product } from "./catalogue.ts";
import type { Language } from "./products.ts";

/** A description, and what it is. */
export interface Description {
  readonly text: string;
  /** Which rung gave it: `live`, `cache`, `stale`, `template`. */
  readonly rung: string;
  readonly degraded: boolean;
  /** Of a copy, in seconds. */
  readonly ageSeconds?: number;
  /** The signed link to the better text that is being made; it lets a page read that, and nothing else. */
  readonly ticket?: string;
}

/** The gateway, as the shop's server knows it. */
export interface GatewayAccess {
  readonly url: string;
  /** The shop's key: it stays on the server. */
  readonly key: string;
}

const WRITER: Readonly<Record<Language, string>> = {
  en: "You write product descriptions of two sentences for a harbour shop.",
  zh: "你为一家港口商店写商品描述，每篇两句话。",
};
const TASK: Readonly<Record<Language, string>> = { en: "Describe", zh: "请描述" };
const ADVISER: Readonly<Record<Language, string>> = {
  en: "You answer questions about this product of a harbour shop",
  zh: "你回答顾客关于这件港口商店商品的问题",
};

/** The request for a product's description: the same text each time, so that copies are found again. */
export function descriptionRequest({ name, category, features, language }: Product) {
  return {
    model: "deepseek-chat",
    messages: [
      { role: "system", content: WRITER[language] },
      { role: "user", content: `${TASK[language]}: ${name} (${category}). ${features}.` },
    ],
    // What the template is made from. Tideover keeps it from providers.
    metadata: { name, category, features },
  };
}

/** The request for what somebody wants to know about a product, as a stream. */
export function questionRequest({ name, category, features, language }: Product, question: string) {
  return {
    model: "deepseek-chat",
    stream: true,
    messages: [
      { role: "system", content: `${ADVISER[language]}: ${name} (${category}): ${features}.` },
      { role: "user", content: question },
    ],
    // No metadata: what the template makes of a product is no answer to a question.
  };
}

/**
 * Asks for a description, to be shown now.
 * @throws Error when no rung of the ladder answered
 */
export async function describe(product: Product, gateway: GatewayAccess): Promise<Description> {
  const response = await post(gateway, descriptionRequest(product));
  const body = await response.json();
  if (!response.ok) throw new Error(`No description: ${body.error?.code} (${response.status})`);
  const { rung, degraded, age_seconds: ageSeconds, ticket } = body.tideover;
  return {
    text: body.choices[0].message.content,
    rung,
    degraded,
    ...(ageSeconds === undefined ? {} : { ageSeconds }),
    ...(ticket === undefined ? {} : { ticket }),
  };
}

/**
 * Orders a description for later: it goes through the queue.
 * @returns the signed link to it; undefined where there is nothing to wait for, because a copy is there already
 * @throws Error when it was not accepted
 */
export async function orderDescription(product: Product, gateway: GatewayAccess): Promise<string | undefined> {
  const response = await post(gateway, descriptionRequest(product), { prefer: "respond-async" });
  const body = await response.json();
  if (response.status === 202) return new URL(body.url, gateway.url).href;
  if (!response.ok) throw new Error(`No ticket: ${body.error?.code} (${response.status})`);
  return undefined;
}

function post({ url, key }: GatewayAccess, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(body),
    // Above the route's own deadline: the gateway answers before, whatever happens.
    signal: AbortSignal.timeout(30_000),
  });
}
