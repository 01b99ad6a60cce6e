import { type CallerError, callerError, type HttpRequest, payloadTooLarge } from "tideover/front";
import { LEAST_KEEP_S, MOST_FIELD_BYTES, MOST_FILE_BYTES, MOST_KEEP_S, MOST_NAME_LENGTH } from "./defaults.ts";
import type { FileDraft, FileStore, StoredFile } from "./file-store.ts";
import { boundaryOf, MultipartError, type Part, readMultipart } from "./multipart.ts";

/** Requests whose body is read piece by piece, because it may be larger than what is held in memory. */
export function isUpload(method: string, path: string): boolean {
  return method === "POST" && /^\/v1\/files(?:[?#]|$)/.test(path);
}

/** Takes the form that OpenAI's clients send for a file: `purpose`, `file` and perhaps `expires_after`. */
export async function receiveUpload(
  request: HttpRequest,
  tenant: string,
  files: FileStore,
): Promise<StoredFile | CallerError> {
  const boundary = boundaryOf(request.header("content-type"));
  if (boundary === undefined) {
    return wrong("Send the file as multipart/form-data with the parts `purpose` and `file`.", "Content-Type");
  }
  const announced = Number(request.header("content-length") ?? 0);
  if (announced > MOST_FILE_BYTES + FORM_BYTES) return payloadTooLarge(MOST_FILE_BYTES);
  const full = files.whyFull(tenant);
  if (full !== undefined) return wrong(`No more files are taken: ${full}. Delete some.`, "file", 413);
  const form = new Form(files);
  try {
    for await (const part of readMultipart(request.bodyStream ?? once(request.body), boundary)) {
      const flaw = await form.take(part);
      if (flaw !== undefined) return flaw;
    }
    return await form.keep(tenant);
  } catch (error) {
    if (error instanceof MultipartError) return wrong(error.message);
    throw error;
  } finally {
    await form.close();
  }
}

/** Room for a form's heads and values around the file, in bytes. */
const FORM_BYTES = 64 * 1024;

/** What has come of a form. */
class Form {
  readonly #files: FileStore;
  readonly #fields = new Map<string, string>();
  #draft: FileDraft | undefined;
  #filename: string | undefined;
  #kept = false;

  constructor(files: FileStore) {
    this.#files = files;
  }

  async take({ name, filename, body }: Part): Promise<CallerError | undefined> {
    if (name === "file") {
      if (this.#draft !== undefined) return wrong("The form has more than one part `file`.", "file");
      this.#filename = (filename ?? "upload.jsonl").slice(0, MOST_NAME_LENGTH);
      this.#draft = await this.#files.begin();
      for await (const piece of body) {
        if (this.#draft.bytes + piece.length > MOST_FILE_BYTES) return payloadTooLarge(MOST_FILE_BYTES);
        await this.#draft.write(piece);
      }
      return undefined;
    }
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of body) {
      length += piece.length;
      if (length > MOST_FIELD_BYTES) return wrong(`The part \`${name.slice(0, 64)}\` of the form is too long.`);
      pieces.push(piece);
    }
    this.#fields.set(name, Buffer.concat(pieces).toString("utf8"));
    return undefined;
  }

  async keep(tenant: string): Promise<StoredFile | CallerError> {
    const purpose = this.#fields.get("purpose");
    if (purpose !== "batch") {
      const said = purpose === undefined ? "missing" : JSON.stringify(purpose.slice(0, 64));
      return wrong(`\`purpose\` is ${said}; files are kept for \`batch\` only.`, "purpose");
    }
    if (this.#draft === undefined) return wrong("The form has no part `file`.", "file");
    if (this.#draft.bytes === 0) return wrong("The file is empty.", "file");
    const keepMs = this.#keepMs();
    if (keepMs !== undefined && typeof keepMs !== "number") return keepMs;
    const file = await this.#files.keep(this.#draft, {
      tenant,
      filename: this.#filename ?? "",
      purpose,
      keepMs,
    });
    this.#kept = true;
    return file;
  }

  async close(): Promise<void> {
    if (!this.#kept) await this.#draft?.discard();
  }

  #keepMs(): number | undefined | CallerError {
    const seconds = this.#fields.get("expires_after[seconds]");
    const anchor = this.#fields.get("expires_after[anchor]");
    if (seconds === undefined && anchor === undefined) return undefined;
    return keepMsOf({ anchor, seconds: Number(seconds) }, "expires_after");
  }
}

/** The time that a file is to be kept, in ms, from OpenAI's `expires_after`; or what is wrong with it. */
export function keepMsOf(
  { anchor, seconds }: { readonly anchor?: unknown; readonly seconds?: unknown },
  param: string,
): number | CallerError {
  if (anchor !== "created_at") return wrong(`\`${param}.anchor\` must be \`created_at\`.`, param);
  if (typeof seconds === "number" && Number.isInteger(seconds) && seconds >= LEAST_KEEP_S && seconds <= MOST_KEEP_S) {
    return seconds * 1_000;
  }
  return wrong(`\`${param}.seconds\` must be a whole number from ${LEAST_KEEP_S} to ${MOST_KEEP_S}.`, param);
}

function wrong(message: string, param?: string, status = 400): CallerError {
  return callerError("invalid_request", message, { param, status });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
