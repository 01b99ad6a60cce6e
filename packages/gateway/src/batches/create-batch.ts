import { type Clock, type IdSource, isJsonObject, type JsonObject } from "tideover/engine";
import { type BatchRequest, type CallerError, callerError, isCallerError } from "tideover/front";
import { noSuchFile } from "../files/file-endpoints.ts";
import type { FileStore } from "../files/file-store.ts";
import { keepMsOf } from "../files/receive-upload.ts";
import { BATCH_ENDPOINTS, type Batch, type BatchEndpointPath, type BatchOrder } from "./batch.ts";
import type { BatchStore } from "./batch-store.ts";
import {
  LEAST_WINDOW_MS,
  MOST_ACTIVE,
  MOST_METADATA,
  MOST_METADATA_KEY,
  MOST_METADATA_VALUE,
  MOST_WINDOW_MS,
  OUTPUT_RESERVE_MS,
} from "./defaults.ts";

/** What a batch is made with. */
export interface CreateBatchParts {
  readonly batches: BatchStore;
  readonly files: FileStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** How long ended jobs are kept, in ms (`server.jobs.keep`). */
  readonly keepMs: number;
}

/** Makes a batch of a request's body; it is on disk when this resolves. */
export async function createBatch(
  { request, tenant, keyName }: BatchRequest,
  { batches, files, clock, ids, keepMs }: CreateBatchParts,
): Promise<Batch | CallerError> {
  const body = bodyOf(request.body);
  if (body === undefined) return wrong("The request body must be a JSON object.");
  const endpoint = endpointOf(body.endpoint);
  if (endpoint === undefined) {
    return wrong(`\`endpoint\` must be one of ${Object.keys(BATCH_ENDPOINTS).join(", ")}.`, "endpoint");
  }
  const window = windowOf(body.completion_window, keepMs);
  if (typeof window !== "number") return window;
  const metadata = metadataOf(body.metadata);
  if (isCallerError(metadata)) return metadata;
  const outputKeepMs = outputKeepOf(body.output_expires_after);
  if (typeof outputKeepMs === "object") return outputKeepMs;
  const { input_file_id: inputFileId } = body;
  if (typeof inputFileId !== "string")
    return wrong("`input_file_id` is missing; upload the file first.", "input_file_id");
  const file = files.find(inputFileId, tenant);
  if (file === undefined) return noSuchFile(inputFileId.slice(0, 64), "input_file_id");
  if (file.purpose !== "batch") return wrong("The purpose of the file must be `batch`.", "input_file_id");
  if (batches.countActive(tenant) >= MOST_ACTIVE) {
    return callerError("rate_limited", `${MOST_ACTIVE} batches have not ended yet; wait for one, or cancel one.`);
  }
  const createdAt = clock.wallTime();
  const order: BatchOrder = {
    endpoint,
    inputFileId,
    completionWindow: String(body.completion_window),
    metadata: metadata.values,
    outputKeepMs,
  };
  const batch: Batch = {
    id: `batch_${ids.next().replace(/[^A-Za-z0-9]/g, "")}`.slice(0, 60),
    tenant,
    keyName,
    status: "validating",
    ending: undefined,
    createdAt,
    expiresAt: createdAt + window,
    cancellingAt: undefined,
    order,
    progress: { total: 0, enqueued: 0 },
  };
  await batches.add(batch);
  return batch;
}

function bodyOf(bytes: Uint8Array): JsonObject | undefined {
  try {
    const body: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isJsonObject(body) ? body : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function endpointOf(value: unknown): BatchEndpointPath | undefined {
  return typeof value === "string" && Object.hasOwn(BATCH_ENDPOINTS, value) ? (value as BatchEndpointPath) : undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 24 * 3_600_000 };

/** The completion window in ms. OpenAI knows 24h only; here any time is one that the jobs outlast. */
function windowOf(value: unknown, keepMs: number): number | CallerError {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(typeof value === "string" ? value : "") ?? [];
  const ms = Number(count) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
  if (!(ms >= LEAST_WINDOW_MS && ms <= MOST_WINDOW_MS)) {
    return wrong("`completion_window` must be a time from 1s to 7d, such as 24h.", "completion_window");
  }
  if (ms + OUTPUT_RESERVE_MS <= keepMs) return ms;
  const message = `\`completion_window\` must be an hour shorter than jobs are kept here: server.jobs.keep is ${keepMs / 3_600_000} h.`;
  return wrong(message, "completion_window");
}

interface Metadata {
  readonly values: Readonly<Record<string, string>> | null;
}

function metadataOf(value: unknown): Metadata | CallerError {
  if (value === undefined || value === null) return { values: null };
  const flaw = wrong(
    `\`metadata\` must be an object of at most ${MOST_METADATA} texts: names up to ${MOST_METADATA_KEY} characters, values up to ${MOST_METADATA_VALUE}.`,
    "metadata",
  );
  if (!isJsonObject(value)) return flaw;
  const values: Record<string, string> = {};
  const entries = Object.entries(value);
  if (entries.length > MOST_METADATA) return flaw;
  for (const [name, text] of entries) {
    if (typeof text !== "string" || name.length > MOST_METADATA_KEY || text.length > MOST_METADATA_VALUE) return flaw;
    values[name] = text;
  }
  return { values };
}

function outputKeepOf(value: unknown): number | undefined | CallerError {
  if (value === undefined || value === null) return undefined;
  return keepMsOf(isJsonObject(value) ? value : {}, "output_expires_after");
}

function wrong(message: string, param?: string): CallerError {
  return callerError("invalid_request", message, { param });
}
