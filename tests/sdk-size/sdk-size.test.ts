import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";

/** What an application loads before its first request: configuration, its checks, and the catalogue of providers. */
const MOST_ENTRY_BYTES = 33 * 1024;
/** What an application loads in all that has providers on a ladder and asks for chat, streamed and not. */
const MOST_CHAT_BYTES = 100 * 1024;
/** All of the SDK, with what only some configurations and requests ask for. Lower it when something was saved. */
const MOST_BYTES = 135 * 1024;

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

test("the SDK is small before its first request and for chat, holds no module of Node, and loads its engine once", async () => {
  const chunks = new Map((await bundled()).map((chunk) => [chunk.fileName, chunk]));
  const sizes = new Map([...chunks].map(([name, { code }]) => [name, gzipSync(code, { level: 9 }).length]));
  const bytesOf = (names: Iterable<string>) => [...names].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
  /** The chunks that come with some others. */
  const withImports = (names: Iterable<string>) => {
    const all = new Set(names);
    for (const name of all) for (const other of chunks.get(name)?.imports ?? []) all.add(other);
    return all;
  };
  const entry = [...chunks.values()].find(({ isEntry }) => isEntry);
  if (entry === undefined) throw new Error("The bundle has no entry.");
  const message = JSON.stringify(Object.fromEntries(sizes));
  const first = withImports([entry.fileName]);
  expect(bytesOf(first), message).toBeLessThan(MOST_ENTRY_BYTES);
  expect(entry.dynamicImports).toHaveLength(1);
  // The engine asks for more where a configuration or a request does: a test of the SDK says that plain chat does not.
  const chat = withImports([...first, ...entry.dynamicImports]);
  expect(bytesOf(chat), message).toBeLessThan(MOST_CHAT_BYTES);
  expect(bytesOf(sizes.keys()), message).toBeLessThan(MOST_BYTES);

  const outside = [...chunks.values()].flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
  expect(outside.filter((name) => !sizes.has(name))).toEqual([]);
  for (const { code } of chunks.values()) expect(code).not.toMatch(/(?:from|import|require\()\s*["'`]node:/);
}, 60_000);
