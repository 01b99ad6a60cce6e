import { type Failure, isFailure, isJsonObject, type JsonObject } from "tideover/engine";
import { classifyResponse } from "tideover/providers";
import { readText } from "../cli/read-text.ts";
import { VERSION } from "../cli/version.ts";
import type { Patient } from "./ask.ts";
import { bounded } from "./bounded.ts";
import { MOST_DOCUMENT_BYTES, SHORT_WAIT_MS } from "./defaults.ts";

/**
 * Gets a JSON document with the account's key.
 * @returns undefined when the answer is a good one but no JSON object.
 */
export function getDocument(patient: Patient, url: string): Promise<JsonObject | Failure | undefined> {
  return bounded(patient.clock, SHORT_WAIT_MS, patient.signal, (signal) => get(patient, url, signal));
}

async function get(patient: Patient, url: string, signal: AbortSignal): Promise<JsonObject | Failure | undefined> {
  const { definition, account, transport, clock } = patient;
  const response = await transport.send({ method: "GET", url, headers: headersOf(patient) }, signal);
  if (response.type === "failure") return response;
  const text = await readText(response.body, MOST_DOCUMENT_BYTES, signal);
  if (isFailure(text)) return text;
  if (response.status < 200 || response.status > 299) {
    return classifyResponse({
      provider: definition.name,
      rules: definition.preset.errorRules,
      changed: false,
      apiKey: account.apiKey,
      status: response.status,
      header: (name) => response.header(name),
      bodyText: text,
      wallTimeMs: clock.wallTime(),
    });
  }
  return parse(text);
}

function headersOf({ definition, account }: Patient): Readonly<Record<string, string>> {
  const headers: Record<string, string> = { "user-agent": `tideover/${VERSION}`, "accept-encoding": "identity" };
  if (account.apiKey !== undefined) {
    if (definition.preset.auth === "api-key") headers["api-key"] = account.apiKey;
    else if (definition.preset.wire === "messages") headers["x-api-key"] = account.apiKey;
    else headers.authorization = `Bearer ${account.apiKey}`;
  }
  return { ...headers, ...definition.headers, accept: "application/json" };
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // A page for people, say; whoever asked knows what it means that there is no document.
    return undefined;
  }
}
