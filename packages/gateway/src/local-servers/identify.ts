import { isJsonObject, type Json, type JsonObject } from "tideover/engine";
import { findPreset } from "tideover/providers";
import { MOST_MODELS } from "./defaults.ts";
import type { LocalServer, OfferedModel, ServerState } from "./local-server.ts";
import { type Look, memberOf, objectsIn, type Seen } from "./look-at.ts";

/** What a server says of itself, before it is given a name. */
type Found = Omit<LocalServer, "title" | "baseUrl"> & { readonly path: string };

/**
 * The names under which servers list their models in `/v1/models` (`owned_by`): vLLM `entrypoints/openai/serving_models.py`,
 * SGLang `srt/entrypoints/http_server.py`, llama.cpp `tools/server/server.cpp`, TensorRT-LLM `serve/openai_protocol.py`,
 * Triton `python/openai/openai_frontend/engine/triton_engine.py`.
 */
const OWNERS: Readonly<Record<string, string>> = {
  vllm: "vllm",
  sglang: "sglang",
  llamacpp: "llama-cpp",
  tensorrt_llm: "trtllm",
  "Triton Inference Server": "triton",
};

/**
 * Finds out what serves models at an address, by documents that each server has and others have not. Asks for nothing
 * that would make a server work.
 * @param origin such as `http://127.0.0.1:8080`
 * @returns undefined when nothing known is there
 */
export async function identify(look: Look, origin: string): Promise<LocalServer | undefined> {
  const [models, health] = await Promise.all([look.get("/v1/models"), look.get("/health")]);
  // Nothing listens, or nothing that speaks HTTP.
  if (models === undefined && health === undefined) return undefined;
  const found =
    (await asOllama(look)) ??
    (await asLmStudio(look)) ??
    (await asOwned(look, models, health)) ??
    asLoading(models, health) ??
    (await asTriton(look));
  if (found === undefined) return undefined;
  const { path, ...server } = found;
  return { ...server, title: findPreset(server.preset)?.title ?? server.preset, baseUrl: `${origin}${path}` };
}

/**
 * Source: Ollama, docs/api.md: `GET /api/version` gives `{ version }`, `GET /api/tags` all models, `GET /api/ps` those in
 * memory, with their `context_length`.
 */
async function asOllama(look: Look): Promise<Found | undefined> {
  const version = memberOf((await look.get("/api/version"))?.json, "version");
  if (typeof version !== "string") return undefined;
  const [tags, running] = await Promise.all([look.get("/api/tags"), look.get("/api/ps")]);
  const listed = memberOf(tags?.json, "models");
  // Many a service has a version under that path; models beside it has this one alone.
  if (!Array.isArray(listed) && listed !== null) return undefined;
  const inMemory = objectsIn(memberOf(running?.json, "models"));
  const models = objectsIn(listed).flatMap(({ name }): OfferedModel[] => {
    if (typeof name !== "string") return [];
    const loaded = inMemory.find((model) => model.name === name);
    return [{ id: name, loaded: loaded !== undefined, ...contextOf(loaded?.context_length) }];
  });
  return { preset: "ollama", path: "/v1", version, state: stateOf(models), models: firstOf(models) };
}

/** Source: LM Studio, "REST API v0": `GET /api/v0/models` gives `type`, `state` and `max_context_length` of each. */
async function asLmStudio(look: Look): Promise<Found | undefined> {
  const listed = memberOf((await look.get("/api/v0/models"))?.json, "data");
  if (!Array.isArray(listed)) return undefined;
  const models = objectsIn(listed).flatMap(({ id, type, state, ...model }): OfferedModel[] => {
    if (typeof id !== "string" || type === "embeddings") return [];
    const loaded = state === "loaded";
    // What is not in memory is loaded with a context that the application's settings decide.
    return [{ id, loaded, ...(loaded ? contextOf(model.loaded_context_length ?? model.max_context_length) : {}) }];
  });
  return { preset: "lm-studio", path: "/v1", state: stateOf(models), models: firstOf(models) };
}

async function asOwned(look: Look, models: Seen | undefined, health: Seen | undefined): Promise<Found | undefined> {
  const entries = objectsIn(memberOf(models?.json, "data"));
  const owner = entries.map(({ owned_by: by }) => by).find((by) => typeof by === "string" && Object.hasOwn(OWNERS, by));
  const preset = typeof owner === "string" ? OWNERS[owner] : undefined;
  if (preset === undefined) return undefined;
  const offered = entries.flatMap(({ id, max_model_len: context }): OfferedModel[] =>
    typeof id === "string" ? [{ id, ...contextOf(context) }] : [],
  );
  const found = {
    preset,
    path: "/v1",
    state: isLoading(health) ? "warming" : "ready",
    models: firstOf(offered),
  } as const;
  if (preset === "llama-cpp") return withProps(found, (await look.get("/props"))?.json);
  const version = memberOf((await look.get("/version"))?.json, "version");
  return typeof version === "string" ? { ...found, version } : found;
}

/** Source: llama.cpp, tools/server/README.md: `GET /props` gives the context of each slot as `n_ctx`. */
function withProps(found: Found, props: Json | undefined): Found {
  const context = contextOf(memberOf(memberOf(props, "default_generation_settings"), "n_ctx"));
  const version = memberOf(props, "build_info");
  const models = found.models.map((model) => ({ ...model, ...context }));
  return { ...found, models, ...(typeof version === "string" ? { version } : {}) };
}

/**
 * While it loads, llama.cpp answers every path with 503 and `{ error: { code: 503, message: "Loading model", type:
 * "unavailable_error" } }` (tools/server/README.md, `GET /health`).
 */
function asLoading(models: Seen | undefined, health: Seen | undefined): Found | undefined {
  if (!isLoading(health) && !isLoading(models)) return undefined;
  return { preset: "llama-cpp", path: "/v1", state: "warming", models: [] };
}

/**
 * Source: KServe, Open Inference Protocol v2, and Triton's "Model Repository Extension": `GET /v2` gives `{ name, version,
 * extensions }`, `GET /v2/health/ready` 200 once all models are there, `POST /v2/repository/index` the models with their
 * states.
 */
async function asTriton(look: Look): Promise<Found | undefined> {
  const server = (await look.get("/v2"))?.json;
  const name = memberOf(server, "name");
  if (typeof name !== "string" || !Array.isArray(memberOf(server, "extensions"))) return undefined;
  const version = memberOf(server, "version");
  const [ready, index] = await Promise.all([look.get("/v2/health/ready"), look.post("/v2/repository/index", {})]);
  const models = objectsIn(index?.json).flatMap((model): OfferedModel[] =>
    typeof model.name === "string" ? [{ id: model.name, loaded: model.state === "READY" }] : [],
  );
  const state = ready?.status === 200 ? "ready" : "warming";
  const shown = firstOf(models.toSorted((a, b) => Number(b.loaded) - Number(a.loaded)));
  return { preset: "kserve", path: "/v2", state, models: shown, ...(typeof version === "string" ? { version } : {}) };
}

function isLoading(seen: Seen | undefined): boolean {
  if (seen?.status !== 503) return false;
  const error = memberOf(seen.json, "error");
  const message = isJsonObject(error) ? (error as JsonObject).message : (error ?? memberOf(seen.json, "status"));
  return typeof message === "string" && /loading/i.test(message);
}

function stateOf(models: readonly OfferedModel[]): ServerState {
  return models.some(({ loaded }) => loaded === true) ? "ready" : "cold";
}

function firstOf(models: readonly OfferedModel[]): readonly OfferedModel[] {
  return models.slice(0, MOST_MODELS);
}

function contextOf(value: Json | undefined): Pick<OfferedModel, "contextTokens"> {
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? { contextTokens: value } : {};
}
