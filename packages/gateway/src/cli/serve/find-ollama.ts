import { isFailure } from "tideover/engine";
import { createNodeTransport } from "../../transport/index.ts";
import { readText } from "../read-text.ts";

/** Where Ollama listens unless told otherwise. */
const OLLAMA_TAGS = "http://127.0.0.1:11434/api/tags";
/** How long its answer is waited for, in ms: it is on this machine or it is not. */
const PROBE_MS = 500;
const MOST_BYTES = 1024 * 1024;

/** Whether an Ollama runs on this machine, and the names of its models. Never rejects. */
export async function findOllama(url = OLLAMA_TAGS): Promise<{ reachable: boolean; models: readonly string[] }> {
  const transport = createNodeTransport();
  try {
    const signal = AbortSignal.timeout(PROBE_MS);
    const response = await transport.send({ method: "GET", url, headers: {} }, signal);
    if (response.type === "failure" || response.status !== 200) return { reachable: false, models: [] };
    const text = await readText(response.body, MOST_BYTES, signal);
    return isFailure(text) ? { reachable: false, models: [] } : { reachable: true, models: modelNames(text) };
  } finally {
    await transport.close();
  }
}

function modelNames(text: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Something else listens there; it has no models for us.
    return [];
  }
  const { models } = (parsed ?? {}) as { models?: unknown };
  if (!Array.isArray(models)) return [];
  return models.map((model) => (model as { name?: unknown } | null)?.name).filter((name) => typeof name === "string");
}
