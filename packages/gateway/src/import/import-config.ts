import type { ConfigIssue } from "tideover/config";
import { parse, stringify, YAMLParseError } from "yaml";
import { parseConfig } from "../config/load-config.ts";
import { Draft, type LeftOver } from "./draft.ts";
import { fromLitellm } from "./from-litellm.ts";
import { channelsIn, fromOneApi } from "./from-one-api.ts";
import { fromPortkey } from "./from-portkey.ts";
import { isMembers } from "./read-members.ts";

/** The gateways whose configurations can be read. */
export const SOURCES = ["litellm", "portkey", "one-api"] as const;
export type ImportSource = (typeof SOURCES)[number];

/** A configuration that was carried over. */
export interface ImportedConfig {
  readonly source: ImportSource;
  /** The text of the new file, without comments. */
  readonly yaml: string;
  readonly leftOvers: readonly LeftOver[];
  /** The variables of the environment that it needs, in their order. */
  readonly variables: readonly string[];
}

/** Why a configuration could not be carried over. */
export type ImportProblem =
  | { readonly problem: "unreadable"; readonly detail: string }
  | { readonly problem: "unknown-source" }
  | { readonly problem: "nothing-left"; readonly leftOvers: readonly LeftOver[] }
  | { readonly problem: "refused"; readonly issues: readonly ConfigIssue[] };

/** Enough for a few hundred anchors and aliases, not for a bomb of them. */
const MOST_ALIASES = 100;

/**
 * Makes a `tideover.yaml` of another gateway's configuration, and checks it as the gateway itself would.
 * @param text YAML or JSON.
 * @param source whose it is; absent: it is told by its members.
 */
export function importConfig(text: string, source?: ImportSource): ImportedConfig | ImportProblem {
  let file: unknown;
  try {
    file = parse(text, { maxAliasCount: MOST_ALIASES });
  } catch (error) {
    // An alias bomb is a ReferenceError.
    if (!(error instanceof YAMLParseError || error instanceof ReferenceError)) throw error;
    return { problem: "unreadable", detail: error.message };
  }
  const from = source ?? sourceOf(file);
  if (from === undefined) return { problem: "unknown-source" };
  const draft = new Draft();
  if (from === "one-api") fromOneApi(file, draft);
  else if (from === "litellm") fromLitellm(isMembers(file) ? file : {}, draft);
  else fromPortkey(isMembers(file) ? file : {}, draft);
  if (draft.routes.length === 0) return { problem: "nothing-left", leftOvers: draft.leftOvers };
  const yaml = stringify(draft.document(), { lineWidth: 0, aliasDuplicateObjects: false });
  const variables = [...new Set([...yaml.matchAll(/\$\{(\w+)\}/g)].flatMap(([, name]) => name ?? []))];
  const checked = parseConfig(yaml, Object.fromEntries(variables.map((name) => [name, standIn(name)])));
  if ("issues" in checked) return { problem: "refused", issues: checked.issues };
  return { source: from, yaml, leftOvers: draft.leftOvers, variables };
}

/** Whose configuration it is; undefined when its members say nothing. */
function sourceOf(file: unknown): ImportSource | undefined {
  if (isMembers(file) && Array.isArray(file.model_list)) return "litellm";
  if (isMembers(file) && (isMembers(file.strategy) || Array.isArray(file.targets) || "provider" in file))
    return "portkey";
  const [first] = channelsIn(file);
  return isMembers(first) && "type" in first && "models" in first ? "one-api" : undefined;
}

/** A value of the right form for a variable that the check needs and this process need not have. */
function standIn(name: string): string {
  if (/PORT$/.test(name)) return "1";
  return /URL|BASE|ENDPOINT/.test(name) ? "http://localhost" : "stand-in";
}
