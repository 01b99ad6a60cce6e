import type { Draft, Upstream } from "./draft.ts";
import { baseUrlOf, presetOfHost } from "./hosts.ts";
import { isMembers, listOf, type Members, membersOf, numberIn, seconds, textIn } from "./read-members.ts";

/** One model at one host. */
interface Deployment {
  readonly group: string;
  readonly upstream: Upstream;
  readonly model: string;
  readonly place: string;
}

const READ_PARAMS: ReadonlySet<string> = new Set(["model", "api_base", "base_url", "api_key", "custom_llm_provider"]);
const READ_SETTINGS: ReadonlySet<string> = new Set([
  "allowed_fails",
  "cache",
  "cache_params",
  "cooldown_time",
  "default_fallbacks",
  "fallbacks",
  "model_group_alias",
  "num_retries",
  "request_timeout",
  "timeout",
]);
/** They change nothing here: adapters drop what a host refuses, and the log is the gateway's own. */
const NEEDLESS: ReadonlySet<string> = new Set(["drop_params", "json_logs", "set_verbose", "debug_level"]);

/** Carries over a `config.yaml` of the LiteLLM proxy. */
export function fromLitellm(file: Members, draft: Draft): void {
  const settings = { ...membersOf(file.litellm_settings), ...membersOf(file.router_settings) };
  const deployments = listOf(file.model_list).flatMap((entry, index) => deploymentOf(entry, index, draft));
  const fallbacks = fallbacksOf(settings);
  const groups = new Set(deployments.map(({ group }) => group));
  const others = listOf(settings.default_fallbacks).filter((name) => typeof name === "string");
  const rules = routeSettings(settings, draft);
  const aliases = Object.entries(membersOf(settings.model_group_alias)).map(([alias, target]): [string, unknown] => [
    alias,
    isMembers(target) ? target.model : target,
  ]);
  const offered: [string, unknown][] = [...[...groups].map((group): [string, unknown] => [group, group]), ...aliases];
  // The first route that fits wins, so that a pattern comes after the names.
  offered.sort(([a], [b]) => Number(a.includes("*")) - Number(b.includes("*")));
  for (const [asked, group] of offered) {
    const chain = [group, ...(fallbacks.get(String(group)) ?? fallbacks.get("*") ?? []), ...others];
    const rungs = chain.flatMap((name) => deployments.filter((deployment) => deployment.group === name));
    const ladder = rungs.map(({ upstream, model, place }) => draft.provider(upstream, asked, model, place));
    if (ladder.length === 0) draft.note(`model_group_alias.${asked}`, "no-counterpart");
    else draft.routes.push({ name: asked, model: asked, ...rules, ladder: [...new Set(ladder)] });
  }
  if (deployments.length > groups.size) draft.note("router_settings.routing_strategy", "differs", "ladder");
  general(membersOf(file.general_settings), draft);
  noteOthers(file, draft);
}

function deploymentOf(entry: unknown, index: number, draft: Draft): Deployment[] {
  const { model_name: name, litellm_params: given } = membersOf(entry);
  const params = membersOf(given);
  const place = `model_list[${index}].litellm_params`;
  const full = textIn(params.model) ?? "";
  const group = textIn(name) ?? full;
  const slash = full.indexOf("/");
  const host = textIn(params.custom_llm_provider) ?? (slash < 0 ? "openai" : full.slice(0, slash));
  const model = slash < 0 || full.slice(0, slash) !== host ? full : full.slice(slash + 1);
  const address = variableOr(textIn(params.api_base) ?? textIn(params.base_url));
  const preset = presetOfHost(host, address !== undefined);
  for (const key of Object.keys(params)) if (!READ_PARAMS.has(key)) draft.note(`${place}.${key}`, "no-counterpart");
  if (preset === undefined) {
    draft.note(`${place}.model`, "unknown-host", host);
    return [];
  }
  if (model.includes("*") && group !== "*") draft.note(`model_list[${index}].model_name`, "differs", "name");
  const upstream = {
    preset,
    baseUrl: baseUrlOf(preset, address, preset === "anthropic"),
    key: variableOr(textIn(params.api_key)),
    keyMember: "api_key",
  };
  return [{ group, upstream, model, place }];
}

/** `os.environ/NAME` is LiteLLM's way to write `${NAME}`. */
function variableOr(text: string | undefined): string | undefined {
  const name = text?.startsWith("os.environ/") ? text.slice("os.environ/".length) : undefined;
  return name === undefined ? text : `\${${name}}`;
}

/** `[{group: [others]}]` as a map. */
function fallbacksOf(settings: Members): Map<string, readonly unknown[]> {
  const entries = listOf(settings.fallbacks).flatMap((entry) => Object.entries(membersOf(entry)));
  return new Map(entries.map(([group, others]) => [group, listOf(others)]));
}

function routeSettings(settings: Members, draft: Draft): Members {
  const timeout = numberIn(settings.request_timeout) ?? numberIn(settings.timeout);
  const retries = numberIn(settings.num_retries);
  const cache = membersOf(settings.cache_params);
  const fresh = numberIn(cache.ttl);
  const redis = textIn(variableOr(textIn(cache.host)));
  if (settings.cache === true && redis !== undefined) {
    draft.stores.cache = `redis://${redis}:${variableOr(textIn(cache.port)) ?? numberIn(cache.port) ?? 6379}`;
    if (cache.password !== undefined) draft.note("litellm_settings.cache_params.password", "no-counterpart");
  }
  if (settings.allowed_fails !== undefined || settings.cooldown_time !== undefined) {
    draft.note("router_settings.allowed_fails", "differs", "breaker");
  }
  return {
    ...(timeout === undefined ? {} : { deadline: seconds(timeout) }),
    ...(retries === undefined ? {} : { retry: { attempts: Math.min(100, Math.ceil(retries) + 1) } }),
    ...(settings.cache === true
      ? { cache: { when: "always", ...(fresh === undefined ? {} : { fresh: seconds(fresh) }) } }
      : {}),
  };
}

function general({ master_key: key }: Members, draft: Draft): void {
  if (typeof key !== "string") return;
  const variable = variableOr(key) ?? key;
  const isVariable = variable.startsWith("${");
  if (!isVariable) draft.note("general_settings.master_key", "secret", "TIDEOVER_KEY");
  draft.server.keys = [{ name: "master", key: isVariable ? variable : `\${TIDEOVER_KEY}`, tenant: "master" }];
}

/** Names every setting that nothing was made of. */
function noteOthers(file: Members, draft: Draft): void {
  for (const [section, value] of Object.entries(file)) {
    if (section === "model_list") continue;
    if (section === "litellm_settings" || section === "router_settings" || section === "general_settings") {
      const read = section === "general_settings" ? new Set(["master_key"]) : READ_SETTINGS;
      for (const key of Object.keys(membersOf(value))) {
        if (key === "routing_strategy" || read.has(key) || NEEDLESS.has(key)) continue;
        draft.note(`${section}.${key}`, "no-counterpart");
      }
    } else draft.note(section, "no-counterpart");
  }
}
