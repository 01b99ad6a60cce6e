/**
 * Bundles the command into few files, `packages/gateway/dist/cli/`, with the libraries it needs: loading a thousand small
 * modules was more than half of the time to the first answer (docs/decisions/0016). What is imported as a library stays
 * as `tsc` wrote it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type InputOptions, type OutputOptions, rolldown } from "rolldown";

const GATEWAY = "packages/gateway";
const FOLDER = `${GATEWAY}/dist/cli`;

/** What runs: the command, and the module that it starts as a thread by its own address. */
const ENTRIES = {
  main: `${GATEWAY}/src/cli/main.ts`,
  "writer-thread": `${GATEWAY}/src/stores/embedded/writer-thread.ts`,
};

/** What stays outside: Node's own, optional peers, and what finds files beside itself. */
const OUTSIDE = [/^node:/, "@tideover/local-model", "onnxruntime-node", "pg", "rabbitmq-client", "@platformatic/kafka"];

/** How both runs of the bundler read the sources. */
const SOURCES = {
  platform: "node",
  external: OUTSIDE,
  resolve: { conditionNames: ["tideover-source", "import", "node", "default"] },
} satisfies InputOptions;

const COMMANDS = `${GATEWAY}/src/cli/commands`;

/**
 * What the code is written as. It is kept in memory as text as long as the process lives, so comments go; and in two
 * bytes a character for a whole file where one character needs them, so all is ASCII. Lines and names stay, for traces.
 */
const CODE = {
  comments: false,
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
} satisfies OutputOptions;

/** Bundles the command. @throws Error when something does not resolve */
export async function bundleGateway(): Promise<void> {
  rmSync(FOLDER, { recursive: true, force: true });
  const bundle = await rolldown({
    ...SOURCES,
    input: ENTRIES,
    onLog(level, log) {
      if (log.code === "UNRESOLVED_IMPORT") throw new Error(log.message);
      if (level === "warn" && log.code !== "EVAL") process.stderr.write(`${log.message}\n`);
    },
  });
  const { output } = await bundle.write({
    ...CODE,
    dir: FOLDER,
    format: "esm",
    codeSplitting: { groups: groupsOfServe(await modulesOfCommands()) },
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

/**
 * Few files for `tideover serve`: looking for seventy of them kept Node's own path functions so busy that V8 optimised
 * them, which alone brought 5 MB of its compiler into memory. Not one file: parsing it takes memory for the whole of it at
 * once, and the commands that only read the configuration need little of it. Each imports only those before it.
 */
function groupsOfServe(needed: ReadonlyMap<string, ReadonlySet<string>>) {
  const serve = needed.get("serve") ?? new Set();
  const commands = [...needed.values()];
  // Whatever a module needs is needed as often: none of these imports one that is not.
  const isShared = (module: string) => commands.filter((modules) => modules.has(module)).length * 3 > commands.length;
  const part = (name: string, priority: number, has: (module: string) => boolean) => ({
    name,
    priority,
    test: (module: string) => serve.has(module) && has(module),
  });
  return [
    // A group takes along what its modules import: the thread and the command line stay small.
    { name: "writer", test: /writer-thread\.ts$/, priority: 6 },
    { name: "command", test: /[\\/]cli[\\/]run-cli\.ts$/, priority: 5 },
    part("configuration", 4, isShared),
    part("libraries", 3, (module) => /[\\/]node_modules[\\/]/.test(module)),
    part("tideover", 2, (module) => /[\\/]packages[\\/]tideover[\\/]/.test(module)),
    part("serve", 1, () => true),
  ];
}

/** The modules that each command needs from its start, by its name: what it loads later is left out. */
async function modulesOfCommands(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const names = readdirSync(COMMANDS).flatMap((file) => /^([a-z-]+)\.ts$/.exec(file)?.[1] ?? []);
  const input = Object.fromEntries(names.map((name) => [name, join(COMMANDS, `${name}.ts`)]));
  const bundle = await rolldown({ ...SOURCES, input, onLog: () => undefined });
  const { output } = await bundle.generate({ format: "esm" });
  await bundle.close();
  const chunks = new Map(output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file]] : [])));
  const needed = new Map<string, ReadonlySet<string>>();
  for (const { isEntry, name, fileName } of chunks.values()) {
    if (!isEntry) continue;
    const files = new Set([fileName]);
    for (const file of files) for (const next of chunks.get(file)?.imports ?? []) files.add(next);
    needed.set(name, new Set([...files].flatMap((file) => chunks.get(file)?.moduleIds ?? [])));
  }
  return needed;
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
