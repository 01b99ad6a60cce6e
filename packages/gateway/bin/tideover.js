#!/usr/bin/env node
// The command's first step, in JavaScript that any Node reads: checks the version, then loads the sources as they are,
// in the workspace, or what was built, where there are none. Never a build that is older than its sources.
import { existsSync } from "node:fs";

const built = new URL("../dist/cli/main.js", import.meta.url);
const source = new URL("../src/cli/main.ts", import.meta.url);

if (Number(process.versions.node.split(".")[0]) < 24) {
  process.stderr.write(`tideover needs Node 24 or newer; this is ${process.version}. See https://nodejs.org/\n`);
  process.exitCode = 1;
} else if (existsSync(source)) {
  await resolveToSources();
  await import(source.href);
} else {
  await import(built.href);
}

/** Makes this process resolve the workspace's packages to their sources, as `node --conditions=tideover-source` does. */
async function resolveToSources() {
  const { registerHooks } = await import("node:module");
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, "tideover-source"] }),
  });
}
