import type { Draft } from "./draft.ts";
import { baseUrlOf, presetOfHost } from "./hosts.ts";
import { listOf, type Members, membersOf, numberIn, seconds, textIn } from "./read-members.ts";

const READ: ReadonlySet<string> = new Set([
  "api_key",
  "cache",
  "custom_host",
  "override_params",
  "provider",
  "request_timeout",
  "retry",
  "strategy",
  "targets",
  "virtual_key",
]);

/** Carries over a gateway config of Portkey: its targets become the ladder of one route for every model. */
export function fromPortkey(file: Members, draft: Draft): void {
  const ladder = rungsOf(file, "", draft);
  if (ladder.length === 0) return;
  const attempts = numberIn(membersOf(file.retry).attempts);
  const timeout = numberIn(file.request_timeout);
  const { mode, max_age: age } = membersOf(file.cache);
  const fresh = numberIn(age);
  if (mode === "semantic") draft.note("cache.mode", "differs", "similar");
  draft.routes.push({
    name: "default",
    model: "*",
    // Portkey counts repetitions, we count tries; its times are in ms.
    ...(timeout === undefined ? {} : { deadline: `${Math.ceil(timeout)}ms` }),
    ...(attempts === undefined ? {} : { retry: { attempts: Math.min(100, Math.ceil(attempts) + 1) } }),
    ...(mode === undefined
      ? {}
      : { cache: { when: "always", ...(fresh === undefined ? {} : { fresh: seconds(fresh) }) } }),
    ladder: [...new Set(ladder)],
  });
}

/** The providers of a config or of a target, those of nested targets in their order. */
function rungsOf(target: Members, path: string, draft: Draft): string[] {
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  for (const key of Object.keys(target)) {
    const read = READ.has(key) && (path === "" || !["cache", "request_timeout", "retry"].includes(key));
    if (!read && key !== "name") draft.note(at(key), key === "weight" ? "differs" : "no-counterpart", "ladder");
  }
  const strategy = membersOf(target.strategy);
  if (strategy.mode === "loadbalance" || strategy.mode === "conditional") {
    draft.note(at("strategy.mode"), "differs", "ladder");
  }
  if (strategy.on_status_codes !== undefined) draft.note(at("strategy.on_status_codes"), "no-counterpart");
  const targets = listOf(target.targets);
  if (targets.length > 0) {
    return targets.flatMap((inner, index) => rungsOf(membersOf(inner), at(`targets[${index}]`), draft));
  }
  return providerOf(target, path, at, draft);
}

function providerOf(target: Members, path: string, at: (name: string) => string, draft: Draft): string[] {
  const host = textIn(target.provider);
  const address = textIn(target.custom_host);
  const preset =
    host === undefined && address === undefined ? undefined : presetOfHost(host ?? "", address !== undefined);
  if (preset === undefined) {
    draft.note(at("provider"), "unknown-host", host ?? textIn(target.virtual_key) ?? "");
    return [];
  }
  const model = textIn(membersOf(target.override_params).model);
  for (const key of Object.keys(membersOf(target.override_params))) {
    if (key !== "model") draft.note(at(`override_params.${key}`), "no-counterpart");
  }
  const hasKey = target.api_key !== undefined || target.virtual_key !== undefined;
  // What stands for a key in a vault is no key elsewhere, but names the account.
  const key = hasKey ? (textIn(target.api_key) ?? `vault ${textIn(target.virtual_key) ?? ""}`) : undefined;
  const keyMember = target.api_key === undefined ? "virtual_key" : "api_key";
  const upstream = { preset, baseUrl: baseUrlOf(preset, address, false), key, keyMember };
  return [draft.provider(upstream, "*", model ?? "*", path === "" ? "config" : path)];
}
