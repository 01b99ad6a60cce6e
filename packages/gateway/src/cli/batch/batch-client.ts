import { constants, createWriteStream, openAsBlob } from "node:fs";
import { access } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { CommandError } from "../command.ts";
import type { Messages } from "../messages/index.ts";

/** How long the gateway may take to answer, in ms. */
const ANSWER_MS = 15_000;
/** How long a file may take either way, in ms: 200 MB over a slow line. */
const TRANSFER_MS = 30 * 60_000;

/** A batch as the gateway shows it; what the command reads of it. */
export interface ShownBatch {
  readonly id: string;
  readonly status: string;
  readonly endpoint: string;
  readonly created_at: number;
  readonly expires_at: number;
  readonly output_file_id: string | null;
  readonly error_file_id: string | null;
  readonly request_counts: { readonly total: number; readonly completed: number; readonly failed: number };
  readonly errors: { readonly data: readonly ShownFlaw[] } | null;
}

/** What is wrong with an input file. */
export interface ShownFlaw {
  readonly code: string;
  readonly message: string;
  readonly line: number | null;
}

/** What a new batch is to be. */
export interface BatchSubmission {
  readonly input_file_id: string;
  readonly endpoint: string;
  readonly completion_window: string;
}

/** The files and batches of a running gateway. Every method throws CommandError with the gateway's own words. */
export class BatchClient {
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #messages: Messages;

  constructor(url: string, key: string | undefined, messages: Messages) {
    this.url = url;
    this.#headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    this.#messages = messages;
  }

  /** Sends a file as it is read; it is never whole in memory. @returns its id */
  async upload(path: string): Promise<string> {
    await access(path, constants.R_OK).catch((error: unknown) => {
      throw new CommandError(this.#messages.batch.cannotRead(path, wordsOf(error)));
    });
    const file = await openAsBlob(path);
    const form = new FormData();
    form.set("purpose", "batch");
    form.set("file", file, basename(path));
    const { id } = await this.#json<{ id: string }>("/v1/files", { method: "POST", body: form }, TRANSFER_MS);
    return id;
  }

  create(submission: BatchSubmission): Promise<ShownBatch> {
    const headers = { "content-type": "application/json" };
    return this.#json("/v1/batches", { method: "POST", headers, body: JSON.stringify(submission) });
  }

  find(id: string): Promise<ShownBatch> {
    return this.#json(`/v1/batches/${encodeURIComponent(id)}`, {});
  }

  list(limit: number): Promise<{ readonly data: readonly ShownBatch[]; readonly has_more: boolean }> {
    return this.#json(`/v1/batches?limit=${limit}`, {});
  }

  /** Bytes of a file. */
  async sizeOf(fileId: string): Promise<number> {
    return (await this.#json<{ bytes: number }>(`/v1/files/${encodeURIComponent(fileId)}`, {})).bytes;
  }

  /** Writes a file's bytes to a path, and tells how many there are so far. */
  async download(fileId: string, path: string, onProgress: (bytes: number) => void): Promise<void> {
    const { body } = await this.#ask(`/v1/files/${encodeURIComponent(fileId)}/content`, {}, TRANSFER_MS);
    if (body === null) return;
    let bytes = 0;
    const counted = async function* (source: AsyncIterable<Uint8Array>) {
      for await (const piece of source) {
        bytes += piece.length;
        onProgress(bytes);
        yield piece;
      }
    };
    const from = Readable.fromWeb(body as ReadableStream<Uint8Array>);
    await pipeline(from, counted, createWriteStream(path)).catch((error: unknown) => {
      throw new CommandError(this.#messages.cannotWrite(path, wordsOf(error)));
    });
  }

  async #json<T>(path: string, request: RequestInit, withinMs = ANSWER_MS): Promise<T> {
    return (await (await this.#ask(path, request, withinMs)).json()) as T;
  }

  async #ask(path: string, request: RequestInit, withinMs: number): Promise<Response> {
    const response = await fetch(`${this.url}${path}`, {
      ...request,
      headers: { ...this.#headers, ...request.headers },
      signal: AbortSignal.timeout(withinMs),
    }).catch((error: unknown) => {
      throw new CommandError(this.#messages.jobs.notReached(this.url, wordsOf(error)));
    });
    if (response.ok) return response;
    const answer = (await response.json().catch(() => ({}))) as { error?: { message?: unknown } };
    const said = answer.error?.message;
    throw new CommandError(typeof said === "string" ? said : this.#messages.notTideover(response.status));
  }
}

function wordsOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
