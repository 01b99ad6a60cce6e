import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import { runCli } from "../../packages/gateway/src/cli/run-cli.ts";
import { scriptedIo } from "../../packages/gateway/src/cli/testing/scripted-io.ts";

/** The address of a file of the repository. */
export const rootPath = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The text of a file of the repository. */
export const readText = (path: string): string => readFileSync(rootPath(path), "utf8");

/** A file of the repository that holds one YAML document. */
export const readYaml = (path: string): unknown => parse(readText(path), { merge: true });

/** The documents of a text, empty ones left out. @throws Error with the place of what is not YAML */
export function documentsOf(text: string, name: string, uniqueKeys = true): readonly unknown[] {
  return parseAllDocuments(text, { uniqueKeys, merge: true }).flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw new Error(`${name}: ${problem.message}`);
    const value: unknown = document.toJS();
    return value === null || value === undefined ? [] : [value];
  });
}

/** The value at a path such as `spec.ports.0.port`; undefined where the path leads nowhere. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => {
    if (typeof inner !== "object" || inner === null) return undefined;
    return (inner as Record<string, unknown>)[key];
  }, value);
}

/** The same as a list, empty where there is none. */
export function listAt(value: unknown, path: string): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

/** The members of the object at a path. */
export function entriesAt(value: unknown, path: string): readonly [string, unknown][] {
  const found = path === "" ? value : at(value, path);
  return typeof found === "object" && found !== null ? Object.entries(found) : [];
}

/** All files below a folder of the repository with one of the endings. */
export function filesBelow(folder: string, ...endings: readonly string[]): readonly string[] {
  return readdirSync(rootPath(folder), { recursive: true, encoding: "utf8" })
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .map((file) => `${folder}/${file}`);
}

/** The variables that a configuration names, each with a value of the kind that is wanted. */
export function variablesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.replaceAll(/^\s*#.*$/gm, "").matchAll(/\$\{(\w+)(?::-[^}]*)?\}/g)].map(([, name = ""]) => [
      name,
      STORE_ADDRESSES[name] ?? "x".repeat(40),
    ]),
  );
}

const STORE_ADDRESSES: Readonly<Record<string, string>> = {
  CACHE_URL: "redis://:secret@cache:6379",
  JOBS_URL: "postgres://tideover:secret@database:5432/tideover",
  QUEUE_URL: "amqp://tideover:secret@queue:5672",
};

/** What `tideover check` says of a file; undefined where it finds nothing wrong, warnings included. */
export async function problemsOf(path: string, variables: Record<string, string>): Promise<string | undefined> {
  const io = scriptedIo("/", { env: { TIDEOVER_LANG: "en", ...variables } });
  const code = await runCli(["check", "--config", path, "--json"], io);
  if (code !== 0) return io.err() + io.out();
  const warnings = listAt(JSON.parse(io.out()), "warnings");
  return warnings.length === 0 ? undefined : JSON.stringify(warnings);
}
