import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

/** What an application loads before its first request: configuration, its checks, and the catalogue of providers. */
const MOST_ENTRY_BYTES = 40 * 1024;
/** All of the SDK, with the engine, which is loaded meanwhile. Lower it when something was saved; never raise it idly. */
const MOST_BYTES = 140 * 1024;

/** The SDK as an application's bundler makes it: chunks by name, minified. */
async function bundled() {
  const bundle = await rolldown({
    input: "tideover",
    cwd: new URL("../..", import.meta.url).pathname,
    resolve: { conditionNames: ["tideover-source", "import", "default"] },
    platform: "neutral",
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  return output.filter((file) => file.type === "chunk");
}

test("the SDK is small before its first request, holds no module of Node, and loads its engine once", async () => {
  const chunks = await bundled();
  const sizes = new Map(chunks.map(({ fileName, code }) => [fileName, gzipSync(code, { level: 9 }).length]));
  const entry = chunks.find(({ isEntry }) => isEntry);
  if (entry === undefined) throw new Error("The bundle has no entry.");
  const first = new Set([entry.fileName]);
  for (const name of first) {
    for (const other of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) first.add(other);
  }
  const bytesOf = (names: Iterable<string>) => [...names].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
  const message = JSON.stringify(Object.fromEntries(sizes));
  expect(bytesOf(first), message).toBeLessThan(MOST_ENTRY_BYTES);
  expect(bytesOf(sizes.keys()), message).toBeLessThan(MOST_BYTES);
  expect(entry.dynamicImports).toHaveLength(1);

  const outside = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
  expect(outside.filter((name) => !sizes.has(name))).toEqual([]);
  for (const { code } of chunks) expect(code).not.toMatch(/(?:from|import|require\()\s*["'`]node:/);
}, 60_000);
