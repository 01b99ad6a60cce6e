import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type JsonObject } from "tideover/engine";
import { type Dtype, dtypeOf, graphPath, isWeightsOf, REQUIRED_FILES } from "./model-files.ts";

/** The shape of a decoder, from its `config.json`. */
export interface DecoderShape {
  readonly layers: number;
  readonly keyValueHeads: number;
  /** Numbers per head. */
  readonly headSize: number;
  /** Prompt and answer together, in tokens. */
  readonly maxPositions: number;
  readonly architecture: string;
}

/** How a model samples when the caller does not say, from its `generation_config.json`. */
export interface SamplingDefaults {
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly repetitionPenalty?: number | undefined;
}

/** A model's folder, read and found complete. */
export interface ModelFolder {
  readonly folder: string;
  readonly dtype: Dtype;
  readonly graph: string;
  /** Graph and weights together, in bytes. */
  readonly weightBytes: number;
  readonly shape: DecoderShape;
  readonly sampling: SamplingDefaults;
  /** Tokens that end an answer. */
  readonly endTokens: readonly number[];
  readonly tokenizer: JsonObject;
  readonly tokenizerConfig: JsonObject;
  readonly chatTemplate: string;
}

/** A folder that cannot be used; the message says what is missing and how to get it. */
export class ModelFolderError extends Error {
  override readonly name = "ModelFolderError";
  /** `model-not-installed`: not there, or not all of it. `model-unusable`: not a model of a kind that can be run. */
  readonly reason: "model-not-installed" | "model-unusable";

  constructor(reason: ModelFolderError["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Reads a model's folder in the hub's layout: configuration and tokenizer at the top, graphs in `onnx/`.
 * @throws ModelFolderError when a file is missing, broken, or of a model that is not a decoder with a cache.
 */
export async function readModelFolder(folder: string, dtype: Dtype): Promise<ModelFolder> {
  const graphs = await listed(join(folder, "onnx"));
  const missing = [];
  for (const name of REQUIRED_FILES) if ((await sizeOf(join(folder, name))) === undefined) missing.push(name);
  const graph = graphPath(dtype);
  if (!graphs.includes(graph.slice("onnx/".length))) missing.push(graph);
  if (missing.length > 0) throw notInstalled(folder, missing, graphs);

  const config = await readJson(join(folder, "config.json"));
  const tokenizerConfig = await readJson(join(folder, "tokenizer_config.json"));
  const generation = await readJsonIfThere(join(folder, "generation_config.json"));
  return {
    folder,
    dtype,
    graph: join(folder, graph),
    weightBytes: await weightBytes(folder, graph, graphs),
    shape: readShape(config, folder),
    sampling: readSampling(generation),
    endTokens: endTokens(generation.eos_token_id ?? config.eos_token_id),
    tokenizer: await readJson(join(folder, "tokenizer.json")),
    tokenizerConfig,
    chatTemplate: await readTemplate(folder, tokenizerConfig),
  };
}

function notInstalled(folder: string, missing: readonly string[], graphs: readonly string[]): ModelFolderError {
  const others = graphs.flatMap((name) => dtypeOf(`onnx/${name}`) ?? []);
  const there = others.length === 0 ? "" : ` Of number formats it has: ${others.join(", ")}.`;
  return new ModelFolderError(
    "model-not-installed",
    `The folder ${folder} lacks ${missing.join(", ")}.${there} Fetch the model with \`tideover model pull\`.`,
  );
}

async function weightBytes(folder: string, graph: string, graphs: readonly string[]): Promise<number> {
  const parts = graphs.map((name) => `onnx/${name}`).filter((path) => path === graph || isWeightsOf(graph, path));
  const sizes = await Promise.all(parts.map((path) => sizeOf(join(folder, path))));
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

function readShape(config: JsonObject, folder: string): DecoderShape {
  const number = (name: string) => {
    const value = config[name];
    return typeof value === "number" && Number.isInteger(value) && value > 0 ? value : undefined;
  };
  const layers = number("num_hidden_layers");
  const heads = number("num_attention_heads");
  const hidden = number("hidden_size");
  const maxPositions = number("max_position_embeddings");
  if (layers === undefined || heads === undefined || hidden === undefined || maxPositions === undefined) {
    const needed = "num_hidden_layers, num_attention_heads, hidden_size and max_position_embeddings";
    throw new ModelFolderError(
      "model-unusable",
      `${join(folder, "config.json")} is not a decoder's: it must say ${needed}.`,
    );
  }
  return {
    layers,
    keyValueHeads: number("num_key_value_heads") ?? heads,
    headSize: number("head_dim") ?? hidden / heads,
    maxPositions,
    architecture: typeof config.model_type === "string" ? config.model_type : "unknown",
  };
}

function readSampling(generation: JsonObject): SamplingDefaults {
  const number = (name: string) => {
    const value = generation[name];
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  };
  return {
    temperature: generation.do_sample === false ? 0 : number("temperature"),
    topP: number("top_p"),
    topK: number("top_k"),
    repetitionPenalty: number("repetition_penalty"),
  };
}

function endTokens(written: JsonObject[string]): number[] {
  const list = Array.isArray(written) ? written : [written];
  return list.filter((id) => typeof id === "number");
}

async function readTemplate(folder: string, tokenizerConfig: JsonObject): Promise<string> {
  const beside = await readTextIfThere(join(folder, "chat_template.jinja"));
  if (beside !== undefined) return beside;
  const written = tokenizerConfig.chat_template;
  if (typeof written === "string") return written;
  const named = Array.isArray(written) ? written.filter(isJsonObject) : [];
  const chosen = (named.find(({ name }) => name === "default") ?? named[0])?.template;
  if (typeof chosen === "string") return chosen;
  throw new ModelFolderError(
    "model-unusable",
    `${folder} has no chat template, neither in chat_template.jinja nor in tokenizer_config.json; take a chat (instruct) model.`,
  );
}

async function listed(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function readTextIfThere(path: string): Promise<string | undefined> {
  return (await sizeOf(path)) === undefined ? undefined : await readFile(path, "utf8");
}

async function readJsonIfThere(path: string): Promise<JsonObject> {
  return (await sizeOf(path)) === undefined ? {} : await readJson(path);
}

async function readJson(path: string): Promise<JsonObject> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ModelFolderError("model-unusable", `${path} cannot be read: ${why}. Run \`tideover model verify\`.`);
  }
  if (isJsonObject(value)) return value;
  throw new ModelFolderError("model-unusable", `${path} is not a JSON object. Run \`tideover model verify\`.`);
}

function isAbsent(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "ENOENT" || code === "ENOTDIR";
}
