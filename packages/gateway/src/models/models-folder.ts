import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where models lie: `TIDEOVER_MODELS`, else a `tideover/models` folder in the user's cache. They are large and are the
 * same for every project, so they are not kept in one project's folder.
 */
export function modelsFolder(env: Environment, home: string = homedir()): string {
  if (env.TIDEOVER_MODELS) return resolve(env.TIDEOVER_MODELS);
  const cache = env.XDG_CACHE_HOME || env.LOCALAPPDATA || join(home, ".cache");
  return join(cache, "tideover", "models");
}

/** The folder of one model: the path that was written, or the place of a hub's repository (`owner/name`). */
export function modelFolder(model: string, models: string): string {
  if (isAbsolute(model) || model.startsWith("./") || model.startsWith("../")) return resolve(model);
  return join(models, ...model.split("/"));
}

/** Whether a text is the name of a hub's repository: `owner/name`. */
export function isRepositoryName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text) && !text.includes("..");
}
