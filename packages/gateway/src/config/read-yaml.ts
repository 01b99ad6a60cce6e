import {
  type ConfigIssue,
  type ConfigPath,
  formatPath,
  interpolate,
  type Origin,
  type SourceMap,
} from "tideover/config";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
} from "yaml";

/** Nodes that a file may have once its aliases are followed: a few hundred routes; more is an alias bomb. */
const MOST_NODES = 20_000;
/** Levels of nesting that are followed; the surface needs 7, and an alias can stand inside its own anchor. */
const DEEPEST = 32;

/** A YAML text as plain data, and where each value stands. */
export interface ReadYaml {
  readonly input: unknown;
  readonly source: SourceMap;
}

/**
 * Reads a YAML 1.2 text as one strict document: duplicate keys, unknown tags and further documents are errors. In its
 * values (not its keys) `${NAME}` and `${NAME:-default}` are filled from the environment; a plain value that becomes a
 * number or true/false that way is one.
 */
export function readYaml(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): ReadYaml | { readonly issues: readonly ConfigIssue[] } {
  const lines = new LineCounter();
  const lineOf = (position: readonly [number, number]) => lines.linePos(position[0]).line;
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, strict: true });
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    const twins = problems.filter(({ code }) => code === "DUPLICATE_KEY");
    const [broken] = problems.filter(({ code }) => code !== "DUPLICATE_KEY");
    return {
      issues: [
        ...twins.map(({ pos }) => ({ path: "", line: lineOf(pos), message: duplicateKey(text, pos[0]) })),
        // What stands behind the first break is read wrongly, so it is told alone.
        ...(broken === undefined ? [] : [{ path: "", line: lineOf(broken.pos), message: notYaml(text, broken) }]),
      ],
    };
  }
  if (document.contents === null) {
    return { issues: [{ path: "", message: "the file is empty; write at least providers and routes" }] };
  }
  const reading = new Reading(document, lines, environment);
  const input = reading.read(document.contents, []);
  return reading.issues.length > 0 ? { issues: reading.issues } : { input, source: reading };
}

/** The usual way to break a file: inside braces and brackets, YAML reads the brace of a bare `${NAME}` as its own. */
const BARE_VARIABLE = /(?<!["'])\$\{[\w:-]+\}/;

function notYaml(text: string, { message, pos }: { readonly message: string; readonly pos: [number, number] }): string {
  const start = text.lastIndexOf("\n", pos[0] - 1) + 1;
  const [line = ""] = text.slice(start).split("\n", 1);
  const bare = BARE_VARIABLE.exec(line)?.[0];
  if (bare !== undefined && /[{[].*\$\{/.test(line)) {
    return `is not valid YAML: inside { } and [ ], ${bare} must stand in quotes: "${bare}"`;
  }
  return `is not valid YAML: ${message}`;
}

function duplicateKey(text: string, position: number): string {
  const key = /^["']?([^"':\n]+)/.exec(text.slice(position))?.[1]?.trim() ?? "";
  return `the key \`${key}\` is there twice; keep one`;
}

/** One walk over a document: makes plain data and notes where each value stands. */
class Reading implements SourceMap {
  readonly issues: ConfigIssue[] = [];
  readonly #origins = new Map<string, Origin>();
  readonly #document: Document.Parsed;
  readonly #lines: LineCounter;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  #nodes = 0;

  constructor(
    document: Document.Parsed,
    lines: LineCounter,
    environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.#document = document;
    this.#lines = lines;
    this.#environment = environment;
  }

  at(path: ConfigPath): Origin | undefined {
    return this.#origins.get(formatPath(path));
  }

  /** @param at where the value is said to stand, when not at the node itself: at its key */
  read(node: Node | null, path: ConfigPath, at: Node | null = node): unknown {
    const line = this.#lineOf(at) ?? this.#lineOf(node) ?? 1;
    this.#note(path, { from: "file", line });
    if (++this.#nodes > MOST_NODES || path.length > DEEPEST) return this.#refuse(path, line);
    if (isAlias(node)) return this.read(node.resolve(this.#document) ?? null, path, at);
    if (isMap(node)) {
      return Object.fromEntries(
        node.items.map(({ key, value }) => {
          const name = isScalar(key) ? String(key.value) : String(key);
          return [name, this.read(value as Node | null, [...path, name], key as Node)];
        }),
      );
    }
    if (isSeq(node)) return node.items.map((item, index) => this.read(item as Node | null, [...path, index]));
    return isScalar(node) ? this.#scalar(node, path, line) : null;
  }

  #scalar(node: Scalar, path: ConfigPath, line: number): unknown {
    const { value } = node;
    if (typeof value !== "string") return value;
    const filled = interpolate(value, this.#environment);
    if ("problem" in filled) {
      this.issues.push({ path: formatPath(path), line, message: filled.problem });
      return value;
    }
    if (filled.variable !== undefined) {
      this.#note(path, { from: "environment", variable: filled.variable, line });
    }
    return filled.changed && node.type === "PLAIN" ? plainValue(filled.text) : filled.text;
  }

  #refuse(path: ConfigPath, line: number): null {
    if (this.issues.length === 0) {
      const message = `the file is too large once its aliases are followed (over ${MOST_NODES} values or ${DEEPEST} levels)`;
      this.issues.push({ path: formatPath(path.slice(0, 3)), line, message });
    }
    return null;
  }

  #note(path: ConfigPath, origin: Origin): void {
    this.#origins.set(formatPath(path), origin);
  }

  #lineOf(node: Node | null): number | undefined {
    const start = node?.range?.[0];
    return start === undefined ? undefined : this.#lines.linePos(start).line;
  }
}

/** What YAML would have made of an unquoted text that was filled in. */
function plainValue(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) ? Number(text) : text;
}
