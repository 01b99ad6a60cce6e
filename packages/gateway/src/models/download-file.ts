import type { Hash } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isFailure, sleep } from "tideover/engine";
import { addFile, beginChecksum } from "./checksum.ts";
import { FIRST_PAUSE_MS, MOST_FRUITLESS_TRIES } from "./defaults.ts";
import { type HttpParts, type HubResponse, httpGet, readPatiently } from "./http-get.ts";
import { type Checksum, etagChecksum, type HubFile, problemOf } from "./hub.ts";
import { ModelError } from "./model-error.ts";

/** What is to be fetched, and where to. */
export interface Download {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly hub: string;
  readonly file: HubFile;
  readonly target: string;
  /** Is told how much of the file is there, in bytes. */
  onProgress(bytes: number): void;
}

/**
 * Fetches one file. It is written beside its place and moved there when its checksum is right. What a lost connection
 * left is gone on with, now and in a later run, as long as the hub has the same file.
 * @returns its checksum
 * @throws ModelError when it cannot be had; what came so far stays, unless it was wrong
 */
export async function downloadFile(download: Download, parts: HttpParts): Promise<Checksum | undefined> {
  const { file, target } = download;
  await mkdir(dirname(target), { recursive: true });
  const partial = new PartialFile(target, file);
  await partial.forgetOthers();
  let fruitless = 0;
  let last = "no answer";
  while ((await partial.size()) < file.size || file.size === 0) {
    const before = await partial.size();
    const tried = await fetchMore(download, partial, parts);
    if (tried === "done") break;
    last = tried;
    fruitless = (await partial.size()) > before ? 0 : fruitless + 1;
    if (fruitless >= MOST_FRUITLESS_TRIES) throw new ModelError({ code: "stalled", path: file.path, why: last });
    await sleep(parts.clock, FIRST_PAUSE_MS * 2 ** fruitless, parts.signal);
  }
  return await partial.finish();
}

/** One request for what is missing. @returns `done`, or why more must be asked for. */
async function fetchMore(download: Download, partial: PartialFile, parts: HttpParts): Promise<string> {
  const { url, headers, file, hub } = download;
  const have = await partial.size();
  const range = have > 0 ? { range: `bytes=${have}-` } : {};
  let response: HubResponse;
  try {
    response = await httpGet(url, { ...headers, ...range }, parts);
  } catch (error) {
    if (error instanceof ModelError && error.problem.code === "offline") return error.problem.why;
    throw error;
  }
  const { status, body } = response;
  if (status === 416 || status === 429 || status >= 500) {
    body.cancel();
    // What is there is no beginning of what the hub has.
    if (status === 416) await partial.restart();
    return `the hub answered ${status}`;
  }
  if (status !== 200 && status !== 206) {
    body.cancel();
    throw problemOf(status, { what: file.path, hub, url });
  }
  partial.know(etagChecksum(response.header("x-linked-etag") ?? response.header("etag")));
  if (status === 200 || startOf(response) !== have) await partial.restart();
  // A part that begins elsewhere is of no use.
  if (status === 206 && startOf(response) !== have) {
    body.cancel();
    return "the hub sent another part than was asked for";
  }
  return await receive(download, partial, response, parts);
}

async function receive(
  { url, file, onProgress, target }: Download,
  partial: PartialFile,
  { body }: HubResponse,
  parts: HttpParts,
): Promise<string> {
  let have = await partial.size();
  const handle = await partial.openToAppend();
  try {
    for (;;) {
      const chunk = await readPatiently(body, parts);
      if (chunk === undefined) return have >= file.size ? "done" : "the connection ended too early";
      if (isFailure(chunk)) return chunk.message;
      have += chunk.byteLength;
      if (have > file.size) {
        const why = `${file.path} is longer than the ${file.size} bytes that it listed`;
        throw new ModelError({ code: "bad-answer", url, why });
      }
      await append(handle, chunk, target);
      onProgress(have);
    }
  } finally {
    body.cancel();
    await handle.close();
  }
}

async function append(handle: FileHandle, chunk: Uint8Array, target: string): Promise<void> {
  try {
    await handle.appendFile(chunk);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOSPC") throw error;
    throw new ModelError({ code: "no-space", folder: dirname(target), need: chunk.byteLength, free: 0 });
  }
}

/** The byte that a part begins with, by its `Content-Range`; 0 for a whole file. */
function startOf(response: HubResponse): number {
  if (response.status === 200) return 0;
  const range = /^bytes (\d+)-/.exec(response.header("content-range") ?? "")?.[1];
  return range === undefined ? -1 : Number(range);
}

/** What is there of a file: its name says of which state of it, so that states never mix. */
class PartialFile {
  readonly #target: string;
  readonly #path: string;
  readonly #size: number;
  #checksum: Checksum | undefined;

  constructor(target: string, { size, checksum }: HubFile) {
    this.#target = target;
    this.#size = size;
    this.#checksum = checksum;
    this.#path = `${target}.${checksum?.value.slice(0, 16) ?? `size-${size}`}.partial`;
  }

  /** Takes the checksum that the hub tells with the file, where its list told none. */
  know(checksum: Checksum | undefined): void {
    this.#checksum ??= checksum;
  }

  async size(): Promise<number> {
    try {
      return (await stat(this.#path)).size;
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") return 0;
      throw error;
    }
  }

  openToAppend(): Promise<FileHandle> {
    return open(this.#path, "a");
  }

  restart(): Promise<void> {
    return rm(this.#path, { force: true });
  }

  /** Removes what earlier runs left of other states of the file. */
  async forgetOthers(): Promise<void> {
    const folder = dirname(this.#target);
    const name = basename(this.#target);
    for (const entry of await readdir(folder)) {
      const isOther = entry.startsWith(`${name}.`) && entry.endsWith(".partial") && entry !== basename(this.#path);
      if (isOther) await rm(join(folder, entry));
    }
  }

  /** Checks the whole file and moves it to its place. @throws ModelError when it is not what it should be. */
  async finish(): Promise<Checksum | undefined> {
    if (this.#checksum !== undefined) {
      const hash: Hash = beginChecksum(this.#checksum.kind, this.#size);
      await addFile(hash, this.#path);
      const found = hash.digest("hex");
      if (found !== this.#checksum.value) {
        await this.restart();
        const { value: expected } = this.#checksum;
        throw new ModelError({ code: "checksum", path: basename(this.#target), expected, found });
      }
    }
    await rename(this.#path, this.#target);
    return this.#checksum;
  }
}
