import { isFailure, isJsonObject, type Json, type JsonObject } from "tideover/engine";
import { MOST_LISTING_BYTES } from "./defaults.ts";
import { type HttpParts, httpGet, readPatiently } from "./http-get.ts";
import { ModelError } from "./model-error.ts";
import type { Environment } from "./models-folder.ts";

/** A checksum of a file's bytes. `git` is git's own of a blob: SHA-1 of its size and its bytes. */
export interface Checksum {
  readonly kind: "sha256" | "git";
  /** Lower-case hex digits. */
  readonly value: string;
}

/** A file of a repository, as the hub lists it. */
export interface HubFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly checksum?: Checksum | undefined;
}

/** A repository at one moment. */
export interface HubListing {
  /** The commit, so that all files are of one state. */
  readonly revision: string;
  readonly files: readonly HubFile[];
}

/** A place that models are fetched from. */
export interface Hub {
  /** Its address, for messages. */
  readonly endpoint: string;
  /** Headers of every request to it. */
  readonly headers: Readonly<Record<string, string>>;
  /** @throws ModelError */
  list(repository: string, revision: string | undefined, parts: HttpParts): Promise<HubListing>;
  fileUrl(repository: string, revision: string, path: string): string;
}

/** The places by name. */
export const HUB_NAMES = ["huggingface", "modelscope"] as const;

/** The hub of that name, at the address and with the token that the environment gives. */
export function hubOf(name: (typeof HUB_NAMES)[number], env: Environment): Hub {
  return name === "modelscope" ? modelScope(env) : huggingFace(env);
}

/**
 * Hugging Face's hub, or a mirror that speaks its API (`HF_ENDPOINT`, such as https://hf-mirror.com). Listing: `GET
 * /api/models/{repo}/revision/{rev}` for the commit, `/tree/{commit}?recursive=true` for the files, whose `lfs.oid` is
 * the SHA-256 and whose `oid` is git's (Hub API endpoints page).
 */
function huggingFace(env: Environment): Hub {
  const endpoint = addressOf(env.HF_ENDPOINT, "https://huggingface.co");
  const headers = bearer(env.HF_TOKEN);
  return {
    endpoint,
    headers,
    fileUrl: (repository, revision, path) => `${endpoint}/${repository}/resolve/${revision}/${inUrl(path)}`,
    async list(repository, revision = "main", parts) {
      const api = `${endpoint}/api/models/${repository}`;
      const info = await getJson(
        `${api}/revision/${encodeURIComponent(revision)}`,
        { headers, repository, endpoint },
        parts,
      );
      const commit = isJsonObject(info) && typeof info.sha === "string" ? info.sha : revision;
      const tree = await getJson(`${api}/tree/${commit}?recursive=true`, { headers, repository, endpoint }, parts);
      if (!Array.isArray(tree))
        throw new ModelError({ code: "bad-answer", url: api, why: "its list of files is no list" });
      return { revision: commit, files: tree.filter(isJsonObject).flatMap(huggingFaceFile) };
    },
  };
}

function huggingFaceFile(entry: JsonObject): HubFile[] {
  const { path, size, type, oid, lfs } = entry;
  if (type !== "file" || typeof path !== "string" || typeof size !== "number") return [];
  const large = isJsonObject(lfs) ? lfs.oid : undefined;
  return [{ path, size, checksum: hexChecksum("sha256", large, 64) ?? hexChecksum("git", oid, 40) }];
}

/**
 * ModelScope, which has an API of its own: `GET /api/v1/models/{repo}/repo/files?Revision=…&Recursive=true` lists files
 * with `Path`, `Size` and `Sha256`; files lie at `/models/{repo}/resolve/{rev}/{path}` (modelscope's hub/api.py).
 */
function modelScope(env: Environment): Hub {
  const endpoint = addressOf(env.MODELSCOPE_ENDPOINT, "https://modelscope.cn");
  const headers = bearer(env.MODELSCOPE_API_TOKEN);
  return {
    endpoint,
    headers,
    fileUrl: (repository, revision, path) => `${endpoint}/models/${repository}/resolve/${revision}/${inUrl(path)}`,
    async list(repository, revision = "master", parts) {
      const query = `Revision=${encodeURIComponent(revision)}&Recursive=true`;
      const url = `${endpoint}/api/v1/models/${repository}/repo/files?${query}`;
      const answer = await getJson(url, { headers, repository, endpoint }, parts);
      const data = isJsonObject(answer) ? answer.Data : undefined;
      const files = isJsonObject(data) ? data.Files : undefined;
      if (!Array.isArray(files)) throw new ModelError({ code: "bad-answer", url, why: "its list of files is no list" });
      return { revision, files: files.filter(isJsonObject).flatMap(modelScopeFile) };
    },
  };
}

function modelScopeFile({ Path, Size, Type, Sha256 }: JsonObject): HubFile[] {
  if (Type === "tree" || typeof Path !== "string" || typeof Size !== "number") return [];
  return [{ path: Path, size: Size, checksum: hexChecksum("sha256", Sha256, 64) }];
}

interface Asked {
  readonly headers: Readonly<Record<string, string>>;
  readonly repository: string;
  readonly endpoint: string;
}

async function getJson(url: string, { headers, repository, endpoint }: Asked, parts: HttpParts): Promise<Json> {
  const { status, body } = await httpGet(url, headers, parts);
  if (status !== 200) {
    body.cancel();
    throw problemOf(status, { what: repository, hub: endpoint, url });
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const chunk = await readPatiently(body, parts);
    if (chunk === undefined) break;
    if (isFailure(chunk)) throw new ModelError({ code: "offline", url, why: chunk.message });
    length += chunk.byteLength;
    if (length > MOST_LISTING_BYTES) {
      body.cancel();
      throw new ModelError({
        code: "bad-answer",
        url,
        why: `its list of files is larger than ${MOST_LISTING_BYTES} bytes`,
      });
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks, length).toString("utf8"));
  } catch {
    throw new ModelError({ code: "bad-answer", url, why: "it is not JSON; is that address a hub?" });
  }
}

/** What a status other than success means. */
export function problemOf(
  status: number,
  { what, hub, url }: { readonly what: string; readonly hub: string; readonly url: string },
): ModelError {
  // The hub answers 401 for a repository that does not exist, too, so that private names cannot be guessed.
  if (status === 401 || status === 403) return new ModelError({ code: "refused", what, status });
  if (status === 404) return new ModelError({ code: "not-found", what, hub });
  return new ModelError({ code: "bad-answer", url, why: `it answered ${status}` });
}

function hexChecksum(kind: Checksum["kind"], value: Json | undefined, digits: number): Checksum | undefined {
  if (typeof value !== "string" || value.length !== digits || !/^[0-9a-f]+$/i.test(value)) return undefined;
  return { kind, value: value.toLowerCase() };
}

/** The checksum that an ETag of a file is: the SHA-256 of a large file, git's of a small one; weak and quoted or not. */
export function etagChecksum(etag: string | undefined): Checksum | undefined {
  const value = etag?.replace(/^W\//, "").replaceAll('"', "");
  return hexChecksum("sha256", value, 64) ?? hexChecksum("git", value, 40);
}

function bearer(token: string | undefined): Record<string, string> {
  return token ? { authorization: `Bearer ${token}` } : {};
}

function addressOf(given: string | undefined, usual: string): string {
  return (given || usual).replace(/\/+$/, "");
}

function inUrl(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
