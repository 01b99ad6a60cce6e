import { existsSync } from "node:fs";
import { formatIssue } from "tideover/config";
import { parse } from "yaml";
import { parseConfig } from "../../packages/gateway/src/config/load-config.ts";
import { CHECKOUT } from "./pages.ts";

/** What a page calls a provider without saying more of it. */
const USUAL_PROVIDERS = ["deepseek", "ark", "openai"];

/** Values of the kind that some variables must have; the others take any text. */
const VALUES: Readonly<Record<string, string>> = {
  BATCH_KEY_SHA256: "ab".repeat(32),
  WEBHOOK_SECRET: `whsec_${"c2VjcmV0".repeat(4)}`,
};

/** Everything that is wrong with a configuration of a page, as `tideover check` finds it; empty where it can be used. */
export function problemsOfConfiguration(text: string): readonly string[] {
  const editor = /^# yaml-language-server: \$schema=\.\/node_modules\/@tideover\/gateway\/(\S+)\s*$/.exec(text);
  if (editor !== null) {
    const file = `packages/gateway/${editor[1]}`;
    return existsSync(`${CHECKOUT}${file}`) ? [] : [`there is no ${file}`];
  }
  const whole = completed(text);
  const variables = [...whole.matchAll(/\$\{(\w+)(?::-[^}]*)?\}/g)].map(([, name = ""]) => name);
  const environment = Object.fromEntries(variables.map((name) => [name, VALUES[name] ?? "x".repeat(40)]));
  const loaded = parseConfig(whole, environment);
  return ("issues" in loaded ? loaded.issues : loaded.warnings).map((issue) => formatIssue(issue));
}

/** A part of a configuration with the rest that it needs. */
function completed(part: string): string {
  const text = part.startsWith("ladder:") ? `routes:\n  - model: "*"\n    ${part.trimEnd()}\n` : part;
  const sections = Object.keys((parse(text) as object | null) ?? {});
  const routes = sections.includes("routes") ? "" : 'routes: [{ model: "*", ladder: [deepseek] }]\n';
  const named = USUAL_PROVIDERS.filter((name) => new RegExp(`\\b${name}\\b`).test(text + routes));
  if (named.length === 0) named.push("deepseek");
  const providers = named.map((name) => `  ${name}: { preset: deepseek, apiKey: "${name}" }\n`).join("");
  const [, tenant] = /\btenant: (\w+)/.exec(text) ?? [];
  const keys =
    tenant === undefined || sections.includes("server")
      ? ""
      : `server: { keys: [{ name: k, key: k, tenant: ${tenant} }] }\n`;
  return `${text}${keys}${routes}${sections.includes("providers") ? "" : `providers:\n${providers}`}`;
}
