import { RETRY_DEFAULTS, SERVER_DEFAULTS } from "./defaults.ts";
import { formatDuration } from "./duration.ts";
import type { Finding } from "./finding.ts";
import { isLoopback } from "./loopback.ts";
import { nearest } from "./nearest.ts";
import { RUNG_NAMES, secretProblems } from "./provider-checks.ts";
import { embedderOf, routeName, rungName } from "./resolve-routes.ts";
import type { WrittenConfig, WrittenRoute } from "./schema/config-schema.ts";

/** Errors of the `warm` section. */
export function checkWarm({ warm = [], server = {} }: WrittenConfig): Finding[] {
  const tenants = [...new Set((server.keys ?? []).map(({ name, tenant }) => tenant ?? name))];
  return warm.flatMap(({ schedule, offPeak, tenant }, index) => {
    const findings: Finding[] = [];
    if (schedule === undefined && offPeak !== true) {
      const message = "says never when; give it a schedule such as 0 3 * * *, or offPeak: true";
      findings.push({ path: ["warm", index], message });
    }
    const names = tenants.length === 0 ? "there are no keys, so none can be named" : `there are: ${tenants.join(", ")}`;
    if (tenant !== undefined && !tenants.includes(tenant)) {
      findings.push({
        path: ["warm", index, "tenant"],
        message: `\`${tenant}\` is no tenant of server.keys; ${names}`,
      });
    }
    if (tenant === undefined && tenants.length > 1) {
      findings.push({ path: ["warm", index], message: `must say whose answers they are with tenant; ${names}` });
    }
    return findings;
  });
}

/** Errors of the `server` section. */
export function checkServer({ server = {} }: WrittenConfig): Finding[] {
  const findings: Finding[] = [];
  const host = server.host ?? SERVER_DEFAULTS.host;
  const keys = server.keys ?? [];
  if (!isLoopback(host) && keys.length === 0 && server.open !== true) {
    const message = `${host} can be reached from other machines and there are no keys, so anyone could use your accounts; add server.keys, or say server.open: true`;
    findings.push({ path: ["server", "host"], message });
  }
  if (server.passthroughKeys === true && keys.length > 0) {
    const message = "cannot go together with server.keys, because a caller can send only one key; choose one of them";
    findings.push({ path: ["server", "passthroughKeys"], message });
  }
  for (const [index, { name, key }] of keys.entries()) {
    const path = ["server", "keys", index];
    findings.push(...secretProblems(key, [...path, "key"]));
    if (key.startsWith("sha256:") && !/^sha256:[0-9a-f]{64}$/i.test(key)) {
      findings.push({ path: [...path, "key"], message: "is not a SHA-256 hash; write sha256: and 64 hex digits" });
    }
    const twin = keys.findIndex((other) => other.name === name || other.key === key);
    if (twin < index) {
      const what =
        keys[twin]?.name === name
          ? `has the same name as server.keys[${twin}], ${name}`
          : `has the same key as server.keys[${twin}]`;
      findings.push({ path, message: `${what}; each caller needs its own` });
    }
  }
  if (server.adminKey !== undefined) findings.push(...secretProblems(server.adminKey, ["server", "adminKey"]));
  findings.push(...webhookProblems(server.webhooks ?? []));
  const { proxy } = server;
  if (proxy !== undefined && proxy !== "environment" && proxy !== "off" && !/^https?:\/\/[^/]/.test(proxy)) {
    const message = "must be environment, off or an address such as http://proxy.example:3128";
    findings.push({ path: ["server", "proxy"], message });
  }
  return findings;
}

function webhookProblems(webhooks: NonNullable<NonNullable<WrittenConfig["server"]>["webhooks"]>): Finding[] {
  return webhooks.flatMap(({ url, private: isPrivate }, index) => {
    const path = ["server", "webhooks", index, "url"];
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
      return [{ path, message: "is not an address; write one such as https://shop.example/hooks/tideover" }];
    }
    if (parsed.username !== "" || parsed.password !== "") {
      return [{ path, message: "must not hold a user or password; the signature says who sends" }];
    }
    if (parsed.protocol === "https:" || isPrivate === true) return [];
    return [{ path, message: "must begin with https://; plain http is for receivers with private: true" }];
  });
}

/** Errors of the `routes` section. */
export function checkRoutes({ providers = {}, routes }: WrittenConfig): Finding[] {
  const names = routes.map(routeName);
  const known = [...new Set([...Object.keys(providers), ...RUNG_NAMES])];
  return routes.flatMap((route, index) => {
    const findings = [
      ...ladderProblems(route, index, known, Object.keys(providers)),
      ...retryProblems(route, index),
      ...ticketProblems(route, index, Object.keys(providers)),
      ...copyProblems(route, index, Object.keys(providers)),
    ];
    const name = names[index] ?? "";
    const twin = names.indexOf(name);
    if (twin < index) {
      const message = `\`${name}\` is the name of routes[${twin}] already; each route needs its own`;
      findings.unshift({ path: ["routes", index, "name"], message });
    }
    return findings;
  });
}

/** Rungs that are nothing without settings of their own. */
const RUNGS_WITH_SETTINGS: ReadonlySet<string> = new Set(["similar", "rules", "template", "handler"]);

function ladderProblems(
  { ladder }: WrittenRoute,
  route: number,
  known: readonly string[],
  providers: readonly string[],
): Finding[] {
  const names = ladder.map(rungName);
  return ladder.flatMap((rung, index): Finding[] => {
    const path = ["routes", route, "ladder", index];
    const embedder = embedderOf(rung);
    if (embedder !== undefined && !providers.includes(embedder)) {
      const suggestion = nearest(embedder, providers);
      const message = `\`${embedder}\` is not a provider; similar needs one that makes embeddings`;
      return [{ path: [...path, "similar", "provider"], message, suggestion }];
    }
    if (typeof rung !== "string") return [];
    if (RUNGS_WITH_SETTINGS.has(rung)) {
      return [{ path, message: `\`${rung}\` needs settings; write ${rung}: …` }];
    }
    if (!known.includes(rung)) {
      const suggestion = nearest(rung, known);
      const choice = suggestion === undefined ? `; known here: ${known.join(", ")}` : "";
      return [{ path, message: `\`${rung}\` is neither a provider nor a rung${choice}`, suggestion }];
    }
    if (names.indexOf(rung) < index) return [{ path, message: `\`${rung}\` is on this ladder already; name it once` }];
    return [];
  });
}

/** A job is answered by providers; without any it could only wait. */
function ticketProblems({ ladder }: WrittenRoute, route: number, providers: readonly string[]): Finding[] {
  const names = ladder.map(rungName);
  const index = names.indexOf("ticket");
  if (index < 0 || names.some((name) => providers.includes(name))) return [];
  const message = "needs a provider on the same ladder, because a ticket is answered by one; add a provider's name";
  return [{ path: ["routes", route, "ladder", index], message }];
}

/** Copies are kept of what providers answered; without any there could be none. */
function copyProblems({ ladder }: WrittenRoute, route: number, providers: readonly string[]): Finding[] {
  const names = ladder.map(rungName);
  if (names.some((name) => providers.includes(name))) return [];
  return names.flatMap((name, index) => {
    if (name !== "stale" && name !== "similar") return [];
    const message =
      "needs a provider on the same ladder, because copies are kept of its answers; add a provider's name";
    return [{ path: ["routes", route, "ladder", index], message }];
  });
}

function retryProblems({ retry }: WrittenRoute, route: number): Finding[] {
  if (retry === undefined || retry === "off") return [];
  const baseDelay = retry.baseDelay ?? RETRY_DEFAULTS.baseDelay;
  const maxDelay = retry.maxDelay ?? RETRY_DEFAULTS.maxDelay;
  if (maxDelay >= baseDelay) return [];
  const setting = retry.maxDelay === undefined ? "baseDelay" : "maxDelay";
  const message =
    setting === "maxDelay"
      ? `must not be shorter than baseDelay, which is ${formatDuration(baseDelay)}`
      : `must not be longer than maxDelay, which is ${formatDuration(maxDelay)} by default; set maxDelay too`;
  return [{ path: ["routes", route, "retry", setting], message }];
}
