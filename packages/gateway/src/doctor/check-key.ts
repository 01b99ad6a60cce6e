import { type Failure, isFailure, isJsonObject, type Json, type JsonObject } from "tideover/engine";
import type { ProviderDefinition } from "tideover/providers";
import type { Patient } from "./ask.ts";
import { getDocument } from "./get-document.ts";
import { printable } from "./printable.ts";
import type { Balance } from "./report.ts";

/** The presets whose host tells the balance, and where, from the host's root (DeepSeek's API reference). */
const BALANCE_PATHS: Readonly<Record<string, string>> = { deepseek: "/user/balance" };

/** What the list of models says about a key. */
export interface Listed {
  /** Undefined where there is no list to be had. */
  readonly models?: readonly string[] | undefined;
  /** The key was refused, or nothing could be reached. */
  readonly failure?: Failure | undefined;
}

/**
 * Asks for the models that a key may use. A host without such a list, or one that keeps it from some keys, is not at
 * fault: only a 401 and a connection that fails say something about more than the list.
 */
export async function listModels(patient: Patient): Promise<Listed> {
  const document = await getDocument(patient, `${patient.definition.baseUrl}/models`);
  if (isFailure(document)) {
    const decides = document.status === 401 || (document.kind === "fault" && document.status === undefined);
    return decides ? { failure: document } : {};
  }
  const list = document?.data ?? document?.models;
  if (!Array.isArray(list)) return {};
  return { models: list.flatMap((entry: Json) => nameOf(entry)) };
}

function nameOf(entry: Json): string[] {
  const name = isJsonObject(entry) ? (entry.id ?? entry.name) : entry;
  return typeof name === "string" ? [name] : [];
}

/** Asks for the balance of an account; undefined where the host does not tell it. */
export async function askBalance(patient: Patient): Promise<Balance | Failure | undefined> {
  const url = balanceUrl(patient.definition);
  if (url === undefined) return undefined;
  const document = await getDocument(patient, url);
  if (document === undefined || isFailure(document)) return document;
  const infos = Array.isArray(document.balance_infos) ? (document.balance_infos as readonly Json[]) : [];
  const amounts = infos.filter(isJsonObject).map(amountOf);
  return { available: document.is_available !== false, amounts };
}

function amountOf({ currency, total_balance: total }: JsonObject): string {
  return printable(`${String(currency ?? "")} ${String(total ?? "?")}`.trim());
}

function balanceUrl({ preset, baseUrl }: ProviderDefinition): string | undefined {
  const path = BALANCE_PATHS[preset.preset];
  return path === undefined ? undefined : `${baseUrl.replace(/\/(v1|beta)$/, "")}${path}`;
}
