import { mkdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { type Dtype, dtypeOf, graphPath, isWeightsOf, OPTIONAL_FILES, REQUIRED_FILES } from "@tideover/local-model";
import { DISK_MARGIN_BYTES } from "./defaults.ts";
import { downloadFile } from "./download-file.ts";
import type { HttpParts } from "./http-get.ts";
import type { Hub, HubFile, HubListing } from "./hub.ts";
import { type Manifest, readManifest, verifyFiles, writeManifest } from "./manifest.ts";
import { ModelError } from "./model-error.ts";

/** What is to be fetched. */
export interface PullOptions extends HttpParts {
  readonly hub: Hub;
  readonly repository: string;
  /** Branch, tag or commit; absent: the hub's main one. */
  readonly revision?: string | undefined;
  readonly dtype: Dtype;
  /** Where the model goes. */
  readonly folder: string;
  onProgress(progress: PullProgress): void;
  /** Bytes that can be written below a folder; tests give their own. */
  readonly freeBytes?: ((folder: string) => Promise<number>) | undefined;
}

/** How far a fetch has come, in bytes. */
export interface PullProgress {
  /** The file that is being fetched. */
  readonly path: string;
  readonly done: number;
  readonly total: number;
}

/** What came of it. */
export interface Pulled {
  readonly manifest: Manifest;
  /** What was fetched now; files that were there already are not in it. */
  readonly fetchedBytes: number;
}

/**
 * Fetches a model in one number format: the configuration, the tokenizer, the graph and its weights, and nothing else
 * of the repository.
 * @throws ModelError when it cannot be had
 */
export async function pullModel(options: PullOptions): Promise<Pulled> {
  const { hub, repository, revision, dtype, folder } = options;
  const listing = await hub.list(repository, revision, options);
  const wanted = chooseFiles(listing, repository, dtype);
  const before = await readManifest(folder);
  const missing = await notYetThere(folder, wanted, before);
  await refuseFullDisk(folder, missing, options.freeBytes ?? freeBytes);

  const total = wanted.reduce((sum, { size }) => sum + size, 0);
  const fetched: HubFile[] = [];
  let done = total - missing.reduce((sum, { size }) => sum + size, 0);
  for (const file of missing) {
    const url = hub.fileUrl(repository, listing.revision, file.path);
    const target = join(folder, ...file.path.split("/"));
    const onProgress = (bytes: number) => options.onProgress({ path: file.path, done: done + bytes, total });
    onProgress(0);
    const checksum = await downloadFile(
      { url, headers: hub.headers, hub: hub.endpoint, file, target, onProgress },
      options,
    );
    fetched.push({ ...file, checksum });
    done += file.size;
    options.onProgress({ path: file.path, done, total });
  }
  const now = wanted.map((file) => fetched.find(({ path }) => path === file.path) ?? file);
  const kept = (before?.files ?? []).filter(({ path }) => !now.some((file) => file.path === path));
  const manifest: Manifest = {
    repository,
    hub: hub.endpoint,
    revision: listing.revision,
    dtypes: [...new Set([...(before?.dtypes ?? []), dtype])].toSorted(),
    files: [...kept, ...now].toSorted((a, b) => a.path.localeCompare(b.path)),
  };
  await writeManifest(folder, manifest);
  return { manifest, fetchedBytes: fetched.reduce((sum, { size }) => sum + size, 0) };
}

function chooseFiles({ files }: HubListing, repository: string, dtype: Dtype): HubFile[] {
  const paths = files.map(({ path }) => path);
  const graph = graphPath(dtype);
  const offered = paths.flatMap((path) => dtypeOf(path) ?? []);
  const missing = REQUIRED_FILES.filter((path) => !paths.includes(path));
  if (missing.length > 0 || offered.length === 0) {
    const graphs = offered.length === 0 ? ["onnx/model*.onnx"] : [];
    throw new ModelError({ code: "not-a-model", repository, missing: [...missing, ...graphs] });
  }
  if (!paths.includes(graph)) throw new ModelError({ code: "no-such-dtype", dtype, offered });
  const names: readonly string[] = [...REQUIRED_FILES, ...OPTIONAL_FILES, graph];
  return files.filter(({ path }) => isPlain(path) && (names.includes(path) || isWeightsOf(graph, path)));
}

/** A path that cannot lead out of the model's folder, whoever made the list. */
function isPlain(path: string): boolean {
  return path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && !part.includes("\\"));
}

/** Files that are not there, or not in the state that the hub has. */
async function notYetThere(
  folder: string,
  wanted: readonly HubFile[],
  manifest: Manifest | undefined,
): Promise<HubFile[]> {
  // What an earlier run fetched before it was stopped is as good as what a manifest tells of.
  const expected = wanted.map((file) => ({
    ...file,
    checksum:
      file.checksum ?? manifest?.files.find(({ path, size }) => path === file.path && size === file.size)?.checksum,
  }));
  const checks = await verifyFiles(folder, expected);
  const good = checks.filter(({ result }) => result === "good").map(({ path }) => path);
  return wanted.filter(({ path }) => !good.includes(path));
}

async function refuseFullDisk(
  folder: string,
  missing: readonly HubFile[],
  free: (folder: string) => Promise<number>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const need = missing.reduce((sum, { size }) => sum + size, 0) - (await partialBytes(folder, missing));
  const left = (await free(folder)) - DISK_MARGIN_BYTES;
  if (need > left) throw new ModelError({ code: "no-space", folder, need, free: Math.max(0, left) });
}

/** What an earlier, broken fetch left and will be gone on with. */
async function partialBytes(folder: string, missing: readonly HubFile[]): Promise<number> {
  let bytes = 0;
  for (const { path, checksum } of missing) {
    const partial = `${join(folder, ...path.split("/"))}.${checksum?.value.slice(0, 16) ?? ""}.partial`;
    bytes += await stat(partial).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
