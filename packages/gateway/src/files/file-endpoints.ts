import { type BatchRequest, type CallerError, callerError, type HttpResponse, isCallerError } from "tideover/front";
import { jsonAnswer, pageQuery } from "../batches/answers.ts";
import { FILES_PER_PAGE, MOST_FILES_PER_PAGE } from "./defaults.ts";
import { fileBody } from "./file-body.ts";
import { fileDocument } from "./file-document.ts";
import type { FileStore } from "./file-store.ts";
import { receiveUpload } from "./receive-upload.ts";

/** What the endpoints of files need. */
export interface FileEndpointsParts {
  readonly files: FileStore;
  /** Whether a batch that has not ended still reads the file. */
  isInUse(fileId: string, tenant: string): boolean;
}

/** Answers `/v1/files` and what is below it. */
export async function respondToFiles(
  { endpoint, request, tenant }: BatchRequest,
  { files, isInUse }: FileEndpointsParts,
): Promise<HttpResponse | CallerError> {
  const { id, action } = endpoint;
  if (id === undefined) {
    if (request.method !== "POST") return listFiles(request.path, tenant, files);
    const received = await receiveUpload(request, tenant, files);
    return isCallerError(received) ? received : jsonAnswer(fileDocument(received));
  }
  const file = files.find(id, tenant);
  if (file === undefined) return noSuchFile(id);
  if (action === "content") {
    const headers = { "content-type": "application/jsonl", "cache-control": "no-store" };
    return { status: 200, headers, body: await fileBody(files.pathOf(id)) };
  }
  if (request.method !== "DELETE") return jsonAnswer(fileDocument(file));
  if (isInUse(id, tenant)) {
    const message = `A batch still reads the file ${id}; cancel the batch first.`;
    return callerError("invalid_request", message, { status: 409 });
  }
  await files.remove(id, tenant);
  return jsonAnswer({ id, object: "file", deleted: true });
}

/** The error for a file that is not there, or not this caller's: both look the same. */
export function noSuchFile(id: string, param?: string): CallerError {
  return callerError("invalid_request", `There is no file ${id}; it may have expired.`, { status: 404, param });
}

function listFiles(path: string, tenant: string, files: FileStore): HttpResponse | CallerError {
  const query = pageQuery(path, { usual: FILES_PER_PAGE, most: MOST_FILES_PER_PAGE });
  if (isCallerError(query)) return query;
  const { limit, after, params } = query;
  const order = params.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc") {
    return callerError("invalid_request", "`order` must be `asc` or `desc`.", { param: "order" });
  }
  const found = files.list({ tenant, purpose: params.get("purpose") ?? undefined, after, limit, order });
  const page = found.slice(0, limit);
  return jsonAnswer({
    object: "list",
    data: page.map(fileDocument),
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: found.length > limit,
  });
}
