import { open } from "node:fs/promises";
import { type LoadedConfig, type RefusedConfig, resolveConfig } from "tideover/config";
import { conditionIssues } from "./condition-issues.ts";
import { readYaml } from "./read-yaml.ts";
import { scheduleIssues } from "./schedule-issues.ts";
import { storeIssues } from "./store-issues.ts";

/** Largest configuration file, in bytes; a thousand routes fit. */
const LARGEST_FILE = 1_048_576;

/**
 * Loads a configuration file: YAML (or JSON, which YAML includes), strict, with `${ENV}` filled in.
 * Everything that is wrong comes back as issues, a file that cannot be read included; never rejects.
 */
export async function loadConfig(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<LoadedConfig | RefusedConfig> {
  const file = await readConfigFile(path);
  return "issues" in file ? file : parseConfig(file.text, environment);
}

/** Reads a configuration from the text of a file; see {@link loadConfig}. */
export function parseConfig(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): LoadedConfig | RefusedConfig {
  const read = readYaml(text, environment);
  if ("issues" in read) return read;
  const resolved = resolveConfig(read.input, read.source);
  if ("issues" in resolved) return resolved;
  const issues = [storeIssues, conditionIssues, scheduleIssues].flatMap((find) => find(read.input, read.source));
  return issues.length > 0 ? { issues } : resolved;
}

/** The text of a configuration file, or why it could not be read. Never rejects. */
export async function readConfigFile(path: string): Promise<{ readonly text: string } | RefusedConfig> {
  try {
    await using file = await open(path);
    const buffer = new Uint8Array(LARGEST_FILE + 1);
    const { bytesRead } = await readFully(file, buffer);
    if (bytesRead > LARGEST_FILE) return refused("is larger than 1 MiB; that is no configuration");
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, bytesRead)) };
  } catch (error) {
    return refused(whyUnreadable(error));
  }
}

async function readFully(
  file: Awaited<ReturnType<typeof open>>,
  buffer: Uint8Array,
): Promise<{ readonly bytesRead: number }> {
  let total = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, total, buffer.length - total);
    total += bytesRead;
    if (bytesRead === 0 || total === buffer.length) return { bytesRead: total };
  }
}

function refused(message: string): RefusedConfig {
  return { issues: [{ path: "", message }] };
}

function whyUnreadable(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "ENOENT") return "there is no such file; write one with `tideover init`, or name another with --config";
  if (code === "EISDIR") return "is a folder; name the file in it";
  if (code === "EACCES" || code === "EPERM") return "must not be read by this user; check its permissions";
  if (code === "ERR_ENCODING_INVALID_ENCODED_DATA") return "is not UTF-8 text; save it as UTF-8";
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}
