import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { configFromEnvironment, type LoadedConfig, type RefusedConfig } from "tideover/config";
import { loadConfig } from "../../config/index.ts";
import { findOllama } from "./find-ollama.ts";

/** The file that is looked for where none is named. */
export const USUAL_FILE = "tideover.yaml";

/** What a command works with, and where it came from. */
export type FoundConfiguration =
  | {
      readonly from: "file";
      readonly path: string;
      /** The path as a person would write it here. */
      readonly shownAs: string;
      readonly configuration: LoadedConfig | RefusedConfig;
    }
  | { readonly from: "environment"; readonly configuration: LoadedConfig | RefusedConfig }
  | { readonly from: "nothing" };

/** Finds the configuration: the file that was named, else `tideover.yaml` in the folder, else the environment's keys. */
export async function findConfiguration(
  named: string | undefined,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<FoundConfiguration> {
  const path = resolve(folder, named ?? USUAL_FILE);
  if (named !== undefined || existsSync(path)) {
    const shownAs = relative(folder, path) || path;
    return { from: "file", path, shownAs, configuration: await loadConfig(path, env) };
  }
  if (configFromEnvironment(env) === undefined) return { from: "nothing" };
  const configuration = configFromEnvironment(env, { ollama: await findOllama() });
  return configuration === undefined ? { from: "nothing" } : { from: "environment", configuration };
}
