/**
 * Bundles the command into few files, `packages/gateway/dist/cli/`, with the libraries it needs: loading a thousand small
 * modules was more than half of the time to the first answer (docs/decisions/0016). What is imported as a library stays
 * as `tsc` wrote it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { rolldown } from "rolldown";

const GATEWAY = "packages/gateway";
const FOLDER = `${GATEWAY}/dist/cli`;

/** What runs: the command, and the module that it starts as a thread by its own address. */
const ENTRIES = {
  main: `${GATEWAY}/src/cli/main.ts`,
  "writer-thread": `${GATEWAY}/src/stores/embedded/writer-thread.ts`,
};

/** What stays outside: Node's own, optional peers, and what finds files beside itself. */
const OUTSIDE = [/^node:/, "@tideover/local-model", "onnxruntime-node", "pg", "rabbitmq-client", "@platformatic/kafka"];

/** Bundles the command. @throws Error when something does not resolve */
export async function bundleGateway(): Promise<void> {
  rmSync(FOLDER, { recursive: true, force: true });
  const bundle = await rolldown({
    input: ENTRIES,
    platform: "node",
    external: OUTSIDE,
    resolve: { conditionNames: ["tideover-source", "import", "node", "default"] },
    onLog(level, log) {
      if (log.code === "UNRESOLVED_IMPORT") throw new Error(log.message);
      if (level === "warn" && log.code !== "EVAL") process.stderr.write(`${log.message}\n`);
    },
  });
  const { output } = await bundle.write({
    dir: FOLDER,
    format: "esm",
    // Names that stay the same from build to build, as far as what is in them does.
    chunkFileNames: "[name]-[hash].js",
    sourcemap: true,
    // Sources would double the package; the map still names file and line.
    sourcemapExcludeSources: true,
  });
  await bundle.close();
  const modules = output.flatMap((file) => (file.type === "chunk" ? file.moduleIds : []));
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, "THIRD-PARTY-LICENSES.txt"), licences(modules));
}

/** The licence texts of the libraries whose modules are in the bundle, as their terms ask. */
function licences(modules: readonly string[]): string {
  const folders = new Set(modules.map(packageFolder).filter((folder) => folder !== undefined));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

/** The installed package that a module belongs to; undefined for our own. */
function packageFolder(module: string): string | undefined {
  if (!relative(resolve("."), module).startsWith("node_modules")) return undefined;
  let folder = dirname(module);
  while (!existsSync(join(folder, "package.json")) || !hasName(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

/** Packages mark folders as modules by a package.json that has no name. */
function hasName(file: string): boolean {
  return typeof JSON.parse(readFileSync(file, "utf8")).name === "string";
}
