import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMissing } from "../harness/server-process.ts";

/** Where `npm run edge:install` puts it, from the workspace's root. */
const INSTALLED = "../../.tideover/workerd/package/bin/workerd";

/**
 * The program of workerd: the one that the variable `TIDEOVER_WORKERD` names, else the one that the workspace's script
 * has installed.
 * @returns undefined when it is not there, after saying so loudly: the tests that need it do not run then
 * @throws Error in continuous integration, where those tests must run
 */
export function findWorkerd(): string | undefined {
  const named = process.env.TIDEOVER_WORKERD;
  if (named !== undefined && named !== "") return named;
  const path = fileURLToPath(new URL(INSTALLED, import.meta.url));
  if (existsSync(path)) return path;
  isMissing("workerd, the runtime of Cloudflare Workers,", "run `npm run edge:install`");
  return undefined;
}
