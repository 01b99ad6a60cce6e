import { type Failure, isFailure, type JsonObject } from "tideover/engine";
import { VirtualClock } from "tideover/testing";
import { createInProcessTransport } from "../in-process/in-process-transport.ts";
import type { UpstreamOptions } from "../model/options.ts";
import { createUpstreamModel, type UpstreamModel } from "../model/upstream-model.ts";

/** A model on virtual time, healthy and fast unless told otherwise. */
export function testModel(options: Partial<UpstreamOptions> = {}): { clock: VirtualClock; model: UpstreamModel } {
  const clock = new VirtualClock();
  return { clock, model: createUpstreamModel({ clock, profile: "faults", ...options }) };
}

/** A chat body with one user message. */
export function chatBody(text: string, more: JsonObject = {}): JsonObject {
  return { model: "deepseek-flash", messages: [{ role: "user", content: text }], ...more };
}

/** What came back of one call. */
export interface Received {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Size of each read, bytes. */
  readonly reads: readonly number[];
  /** How the body ended; undefined: cleanly. */
  readonly failure?: Failure | undefined;
  /** Time from sending to the end, ms. */
  readonly tookMs: number;
}

/** Sends one request to the model in process and reads it to its end, or until it is given up. */
export async function callModel(
  { clock, model }: { clock: VirtualClock; model: UpstreamModel },
  body: JsonObject | string | undefined,
  { path = "/v1/chat/completions", giveUpAfterMs = 3_600_000, headers = {} as Record<string, string> } = {},
): Promise<Received> {
  const abort = new AbortController();
  const startedAt = clock.now();
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const transport = createInProcessTransport(model);
  const sent = transport.send(
    { method: body === undefined ? "GET" : "POST", url: `http://upstream${path}`, headers, body: text },
    abort.signal,
  );
  const giveUp = clock.schedule(giveUpAfterMs, () => abort.abort());
  const response = await clock.run(sent);
  if (isFailure(response)) {
    giveUp.cancel();
    return emptyWith(response, clock.now() - startedAt);
  }
  giveUp.cancel();
  const chunks: Uint8Array[] = [];
  const stop = clock.schedule(giveUpAfterMs, () => response.body.cancel());
  let failure: Failure | undefined;
  for (;;) {
    const next = await clock.run(response.body.read());
    if (next === undefined) break;
    if (isFailure(next)) {
      failure = next;
      break;
    }
    chunks.push(next);
  }
  stop.cancel();
  const bytes = new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  return {
    status: response.status,
    header: response.header,
    text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes),
    bytes,
    reads: chunks.map((chunk) => chunk.length),
    failure,
    tookMs: clock.now() - startedAt,
  };
}

function emptyWith(failure: Failure, tookMs: number): Received {
  return { status: 0, header: () => undefined, text: "", bytes: new Uint8Array(), reads: [], failure, tookMs };
}

/** What a stream of chat chunks adds up to. */
export interface FoldedStream {
  readonly content: string;
  readonly reasoning: string;
  readonly toolArguments: string;
  readonly finish: string | undefined;
  readonly usages: readonly JsonObject[];
  readonly done: boolean;
  readonly chunks: readonly ChunkShape[];
}

/** As much of a chunk as the tests look at. */
interface ChunkShape {
  readonly id?: string;
  readonly choices: readonly {
    readonly index: number;
    readonly delta: {
      readonly role?: string;
      readonly content?: string | null;
      readonly reasoning_content?: string | null;
      readonly tool_calls?: readonly {
        readonly index: number;
        readonly id?: string;
        readonly function: { readonly name?: string; readonly arguments: string };
      }[];
    };
    readonly logprobs: { readonly content: readonly JsonObject[] | null } | null;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: JsonObject | null;
  readonly error?: JsonObject;
}

/** The data of the events of a stream, comments left out. */
export function eventsOf(text: string): string[] {
  return text
    .replace(/^\ufeff/, "")
    .split(/\r?\n\r?\n/)
    .flatMap((block) => {
      const lines = block.split(/\r?\n/).filter((line) => line.startsWith("data: "));
      return lines.length === 0 ? [] : [lines.map((line) => line.slice(6)).join("\n")];
    });
}

/** Adds up choice 0 of a stream. @throws SyntaxError on broken JSON. */
export function foldStream(text: string): FoldedStream {
  const events = eventsOf(text);
  const chunks = events.filter((data) => data !== "[DONE]").map((data) => JSON.parse(data) as ChunkShape);
  const deltas = chunks.flatMap((chunk) => (chunk.choices ?? []).filter((choice) => choice.index === 0));
  return {
    content: deltas.map((choice) => choice.delta.content ?? "").join(""),
    reasoning: deltas.map((choice) => choice.delta.reasoning_content ?? "").join(""),
    toolArguments: deltas.map((choice) => choice.delta.tool_calls?.[0]?.function.arguments ?? "").join(""),
    finish: deltas.findLast((choice) => choice.finish_reason !== null)?.finish_reason ?? undefined,
    usages: chunks.flatMap((chunk) => (chunk.usage ? [chunk.usage] : [])),
    done: events.at(-1) === "[DONE]",
    chunks,
  };
}
