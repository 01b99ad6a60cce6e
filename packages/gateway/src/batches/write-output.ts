import { isEnded, type Job, type JobStore, type JsonObject } from "tideover/engine";
import type { FileDraft, FileStore } from "../files/file-store.ts";
import type { Batch, BatchEnding } from "./batch.ts";
import { MOST_LINE_BYTES, RESULTS_PER_PAGE, WRITE_LENGTH } from "./defaults.ts";
import { readLines } from "./read-lines.ts";
import { isFlaw, type LineTerms, readRequestLine } from "./read-request-line.ts";
import { UsageTally } from "./usage-tally.ts";

/** What a batch gave: files that nobody sees yet. */
export interface BatchOutput {
  /** The answers; absent where there is none. */
  readonly output: FileDraft | undefined;
  /** The requests without an answer; absent where there is none. */
  readonly errors: FileDraft | undefined;
  readonly completed: number;
  readonly failed: number;
  readonly usage: JsonObject;
}

/** Why a request that was not run to its end has no answer. */
const UNFINISHED: Readonly<Record<BatchEnding, { readonly code: string; readonly message: string }>> = {
  completed: { code: "request_cancelled", message: "This request was cancelled on its own." },
  expired: {
    code: "batch_expired",
    message: "This request could not be executed before the completion window expired.",
  },
  cancelled: { code: "batch_cancelled", message: "This request was not executed because the batch was cancelled." },
};

/**
 * Writes what a batch's jobs gave to two files, a page of jobs at a time. Each request of the input is in one of them.
 * @throws what the store and the file system throw; nothing is left then
 */
export async function writeOutput(
  batch: Batch,
  ending: BatchEnding,
  { store, files, terms }: { readonly store: JobStore; readonly files: FileStore; readonly terms: LineTerms },
): Promise<BatchOutput> {
  const writers = { output: new LinesWriter(files), errors: new LinesWriter(files) };
  const tally = new UsageTally();
  // A crash may have left jobs behind the noted line; those are not to be told of twice.
  const seen = batch.progress.enqueued < batch.progress.total ? new Set<string>() : undefined;
  try {
    let failed = 0;
    let after: string | undefined;
    do {
      const page = await store.list({ group: batch.id, withResults: true, limit: RESULTS_PER_PAGE, after });
      for (const job of page.jobs) {
        seen?.add(job.tag ?? "");
        if (job.state === "succeeded" && job.result !== undefined) {
          tally.add(job.result.body);
          await writers.output.write(answeredLine(job, job.result));
        } else {
          if (job.state === "failed") failed++;
          await writers.errors.write(unansweredLine(job, ending));
        }
      }
      after = page.hasMore ? page.jobs.at(-1)?.id : undefined;
    } while (after !== undefined);
    if (seen !== undefined) await writeUnbegun(batch, ending, files, terms, seen, writers.errors);
    const completed = writers.output.lines;
    if (ending === "expired") failed = writers.errors.lines;
    return {
      output: await writers.output.end(),
      errors: await writers.errors.end(),
      completed,
      failed,
      usage: tally.document(),
    };
  } catch (error) {
    await Promise.all([writers.output.discard(), writers.errors.discard()]);
    throw error;
  }
}

/** Tells of the lines that never became jobs. */
async function writeUnbegun(
  batch: Batch,
  ending: BatchEnding,
  files: FileStore,
  terms: LineTerms,
  seen: ReadonlySet<string>,
  errors: LinesWriter,
): Promise<void> {
  let index = 0;
  for await (const line of readLines(files.pathOf(batch.order.inputFileId), MOST_LINE_BYTES)) {
    if (index++ < batch.progress.enqueued) continue;
    const read = readRequestLine(line, terms);
    if (isFlaw(read) || seen.has(read.customId)) continue;
    const id = `batch_req_${batch.id.replace(/^batch_/, "")}_${line.number}`;
    await errors.write(JSON.stringify({ id, custom_id: read.customId, response: null, error: UNFINISHED[ending] }));
  }
}

function answeredLine(job: Job, result: NonNullable<Job["result"]>): string {
  const { provenance } = result;
  const tideover = provenance === undefined ? "" : `,"tideover":${JSON.stringify(provenance)}`;
  return `${headOf(job)},"response":${responseText(job, result)},"error":null${tideover}}`;
}

function unansweredLine(job: Job, ending: BatchEnding): string {
  const response = job.result === undefined ? "null" : responseText(job, job.result);
  return `${headOf(job)},"response":${response},"error":${JSON.stringify(errorOf(job, ending))}}`;
}

function errorOf({ state, error }: Job, ending: BatchEnding): { readonly code: string; readonly message: string } {
  if (state === "expired" || !isEnded(state)) return UNFINISHED.expired;
  if (state === "cancelled" || error === undefined) return UNFINISHED[ending];
  return { code: error.code, message: error.message };
}

function headOf({ id, tag }: Job): string {
  return `{"id":${JSON.stringify(`batch_req_${id.replace(/^job_/, "")}`)},"custom_id":${JSON.stringify(tag ?? "")}`;
}

function responseText({ id }: Job, { status, body }: NonNullable<Job["result"]>): string {
  return `{"status_code":${status},"request_id":${JSON.stringify(id)},"body":${oneLine(body)}}`;
}

/** JSON text on one line; what is no JSON becomes a JSON text. */
function oneLine(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    return /[\r\n]/.test(body) ? JSON.stringify(parsed) : body;
  } catch (error) {
    if (error instanceof SyntaxError) return JSON.stringify(body);
    throw error;
  }
}

/** Writes lines to a file that is begun with the first of them. */
class LinesWriter {
  readonly #files: FileStore;
  #draft: FileDraft | undefined;
  #text = "";
  lines = 0;

  constructor(files: FileStore) {
    this.#files = files;
  }

  async write(line: string): Promise<void> {
    this.lines++;
    this.#text += `${line}\n`;
    if (this.#text.length >= WRITE_LENGTH) await this.#flush();
  }

  /** The finished file; undefined where there was no line. */
  async end(): Promise<FileDraft | undefined> {
    if (this.lines === 0) return undefined;
    await this.#flush();
    await this.#draft?.finish();
    return this.#draft;
  }

  async discard(): Promise<void> {
    await this.#draft?.discard();
  }

  async #flush(): Promise<void> {
    this.#draft ??= await this.#files.begin();
    const bytes = new TextEncoder().encode(this.#text);
    this.#text = "";
    await this.#draft.write(bytes);
  }
}
