import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isJsonObject } from "tideover/engine";
import { checksumOf } from "./checksum.ts";
import type { Checksum, HubFile } from "./hub.ts";

/** What was fetched, in the model's folder: written last, so that a folder with one is whole. */
export interface Manifest {
  readonly repository: string;
  readonly hub: string;
  readonly revision: string;
  /** The number formats that are there. */
  readonly dtypes: readonly string[];
  readonly files: readonly HubFile[];
}

/** A model on this machine. */
export interface InstalledModel extends Manifest {
  readonly folder: string;
  /** All its files together, in bytes. */
  readonly bytes: number;
}

/** What a check of a file found. */
export interface FileCheck {
  readonly path: string;
  readonly result: "good" | "missing" | "wrong-size" | "wrong-checksum" | "no-checksum";
}

const NAME = "tideover-model.json";
/** Owner and name: `models/owner/name/tideover-model.json`. */
const LEVELS = 2;

/** The manifest of a model's folder; undefined when it has none. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, NAME), "utf8");
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  const value: unknown = JSON.parse(text);
  const whole = isJsonObject(value) && typeof value.repository === "string" && Array.isArray(value.files);
  return whole ? (value as unknown as Manifest) : undefined;
}

/** Writes the manifest of a model's folder. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeFile(join(folder, NAME), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** All models below a folder, by name. */
export async function listModels(models: string): Promise<InstalledModel[]> {
  const found: InstalledModel[] = [];
  const visit = async (folder: string, level: number): Promise<void> => {
    if (level === LEVELS) {
      const manifest = await readManifest(folder);
      if (manifest === undefined) return;
      found.push({ ...manifest, folder, bytes: manifest.files.reduce((sum, { size }) => sum + size, 0) });
      return;
    }
    for (const name of await foldersIn(folder)) await visit(join(folder, name), level + 1);
  };
  await visit(models, 0);
  return found.toSorted((a, b) => a.repository.localeCompare(b.repository));
}

/** Compares each file with what it should be. */
export async function verifyFiles(
  folder: string,
  files: readonly HubFile[],
  onFile: (path: string) => void = () => {},
): Promise<FileCheck[]> {
  const checks: FileCheck[] = [];
  for (const { path, size, checksum } of files) {
    onFile(path);
    checks.push({ path, result: await checkFile(join(folder, path), size, checksum) });
  }
  return checks;
}

/** Removes a model's folder, and its owner's when nothing else is in it. */
export async function removeModel(folder: string): Promise<void> {
  await rm(folder, { recursive: true });
  const owner = dirname(folder);
  if ((await readdir(owner)).length === 0) await rm(owner, { recursive: true });
}

async function checkFile(path: string, size: number, checksum: Checksum | undefined): Promise<FileCheck["result"]> {
  try {
    if ((await stat(path)).size !== size) return "wrong-size";
  } catch (error) {
    if (isAbsent(error)) return "missing";
    throw error;
  }
  if (checksum === undefined) return "no-checksum";
  return (await checksumOf(path, checksum.kind, size)) === checksum.value ? "good" : "wrong-checksum";
}

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "ENOENT" || code === "ENOTDIR";
}
