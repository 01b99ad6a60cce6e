import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMissing } from "../harness/server-process.ts";

/** What the workspace's script installs beside Node, by the program's place below `.tideover`. */
const PROGRAMS = {
  workerd: { place: "workerd/package/bin/workerd", title: "workerd, the runtime of Cloudflare Workers," },
  deno: { place: "deno/package/deno", title: "Deno" },
  bun: { place: "bun/package/bin/bun", title: "Bun" },
} as const;

/**
 * The program of a runtime: the one that the variable `TIDEOVER_WORKERD`, `TIDEOVER_DENO` or `TIDEOVER_BUN` names, else the
 * one that the workspace's script has installed.
 * @returns undefined when it is not there, after saying so loudly: the tests that need it do not run then
 * @throws Error in continuous integration, where those tests must run
 */
export function findRuntime(name: keyof typeof PROGRAMS): string | undefined {
  const named = process.env[`TIDEOVER_${name.toUpperCase()}`];
  if (named !== undefined && named !== "") return named;
  const { place, title } = PROGRAMS[name];
  const path = fileURLToPath(new URL(`../../.tideover/${place}`, import.meta.url));
  if (existsSync(path)) return path;
  isMissing(title, "run `npm run edge:install`");
  return undefined;
}
