import { isFailure, isJsonObject, type Json, type JsonObject, type Transport } from "tideover/engine";
import { readText } from "../cli/read-text.ts";
import { MOST_BYTES } from "./defaults.ts";

/** What came back from one path; undefined: nothing did in time. */
export interface Seen {
  readonly status: number;
  /** Undefined when the body is no JSON. */
  readonly json: Json | undefined;
}

/** Asks one address for documents. Never rejects. */
export class Look {
  readonly #transport: Transport;
  readonly #origin: string;
  readonly #signal: AbortSignal;

  /** @param signal ends every question */
  constructor(transport: Transport, origin: string, signal: AbortSignal) {
    this.#transport = transport;
    this.#origin = origin;
    this.#signal = signal;
  }

  get(path: string): Promise<Seen | undefined> {
    return this.#ask({ method: "GET", url: `${this.#origin}${path}`, headers: { accept: "application/json" } });
  }

  post(path: string, body: JsonObject): Promise<Seen | undefined> {
    return this.#ask({
      method: "POST",
      url: `${this.#origin}${path}`,
      headers: { accept: "application/json", "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  async #ask(request: Parameters<Transport["send"]>[0]): Promise<Seen | undefined> {
    if (this.#signal.aborted) return undefined;
    const response = await this.#transport.send(request, this.#signal);
    if (response.type === "failure") return undefined;
    const text = await readText(response.body, MOST_BYTES, this.#signal);
    return { status: response.status, json: isFailure(text) ? undefined : parsed(text) };
  }
}

/** A member of a document; undefined where there is no such thing. */
export function memberOf(value: Json | undefined, name: string): Json | undefined {
  return isJsonObject(value) ? value[name] : undefined;
}

/** The objects of a list; none where it is no list. */
export function objectsIn(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isJsonObject) : [];
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // A page for people, or a text: something else listens there.
    return undefined;
  }
}
