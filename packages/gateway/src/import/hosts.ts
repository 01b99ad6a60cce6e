import { findPreset } from "tideover/providers";

/**
 * The presets of our catalogue by the names that the others have for the same hosts: LiteLLM's prefixes of models,
 * Portkey's providers. A name that is a preset of ours needs no entry.
 */
const BY_NAME: Readonly<Record<string, string>> = {
  "azure-ai": "azure",
  "azure-openai": "azure",
  azure_ai: "azure",
  custom_openai: "openai-compatible",
  "fireworks-ai": "fireworks",
  fireworks_ai: "fireworks",
  hosted_vllm: "vllm",
  lm_studio: "lm-studio",
  "novita-ai": "novita",
  nvidia_nim: "nvidia",
  ollama_chat: "ollama",
  openai_like: "openai-compatible",
  "together-ai": "together",
  together_ai: "together",
};

/** one-api's types of channels (its `relay/channeltype`), as far as the catalogue has the host. */
const BY_CHANNEL_TYPE: ReadonlyMap<number, string> = new Map([
  [1, "openai"],
  [3, "azure"],
  [8, "openai-compatible"],
  [14, "anthropic"],
  [15, "qianfan"],
  [17, "dashscope"],
  [20, "openrouter"],
  [23, "tencent"],
  [29, "groq"],
  [30, "ollama"],
  [36, "deepseek"],
  [39, "together"],
  [40, "volcengine"],
  [41, "novita"],
]);

/** Presets whose address is the caller's own, so that one must be given. */
const NEEDS_ADDRESS: ReadonlySet<string> = new Set(["azure", "bedrock", "openai-compatible", "tideover", "triton"]);

/**
 * The preset of a host that another gateway has a name for.
 * @param hasAddress its address is given, so that any host that speaks OpenAI's form will do.
 * @returns undefined when the host is not known and there is no address.
 */
export function presetOfHost(name: string, hasAddress: boolean): string | undefined {
  // OpenAI's name with an address of its own is how the others spell "anything that speaks OpenAI's form".
  if (name === "openai" && hasAddress) return "openai-compatible";
  const preset = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : findPreset(name)?.preset;
  if (preset === undefined) return hasAddress ? "openai-compatible" : undefined;
  return NEEDS_ADDRESS.has(preset) && !hasAddress ? undefined : preset;
}

/** The preset of a channel of one-api; undefined as for {@link presetOfHost}. */
export function presetOfChannel(type: number, hasAddress: boolean): string | undefined {
  const preset = BY_CHANNEL_TYPE.get(type);
  return presetOfHost(preset ?? `channel type ${type}`, hasAddress);
}

/**
 * An address as an OpenAI client is given it: Azure's resource with its path, and the path `/v1` where there is none
 * and the other gateway adds it by itself. To Anthropic's form they add `/v1/messages`, whatever path there is.
 */
export function baseUrlOf(preset: string, address: string | undefined, addsVersion: boolean): string | undefined {
  if (address === undefined || address === "") return undefined;
  const bare = address.replace(/\/+$/, "");
  if (preset === "azure") return bare.includes("/openai") ? bare : `${bare}/openai/v1`;
  const own = findPreset(preset)?.baseUrl;
  if (own !== undefined && hostOf(own) === hostOf(bare)) return undefined;
  if (preset === "anthropic" && addsVersion) return `${bare.replace(/\/v1(\/messages)?$/, "")}/v1`;
  const hasPath = /^https?:\/\/[^/]+\/./.test(bare);
  return hasPath || !(addsVersion || preset === "ollama") ? bare : `${bare}/v1`;
}

function hostOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).host : undefined;
}
