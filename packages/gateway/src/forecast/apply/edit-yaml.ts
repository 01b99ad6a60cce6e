import { isDeepStrictEqual } from "node:util";
import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument, stringify } from "yaml";
import type { Bilingual } from "../../admin/forecast-types.ts";
import type { Edit, EditStep } from "./plan-edits.ts";

type Path = readonly (string | number)[];

/** Where a value is to be written, and what stands there now. */
interface Target {
  readonly path: Path;
  readonly to: number | boolean;
  readonly node: unknown;
}

/** Why a text cannot be edited. */
class CannotEdit extends Error {
  readonly why: Bilingual;

  constructor(why: Bilingual) {
    super(why.en);
    this.why = why;
  }
}

/**
 * Writes values into a YAML text and leaves everything else as it stands, comments included. A value that is there is
 * exchanged in its place; where one has to be added the layout around it is YAML's usual one. The outcome is read again:
 * a text in which anything else would differ is never given.
 * @returns why it cannot be done: no YAML, a shared part (alias), a value from the environment, another shape
 */
export function editYaml(
  text: string,
  edits: readonly Edit[],
): { readonly text: string } | { readonly why: Bilingual } {
  const document = parseDocument(text, { stringKeys: true, strict: true });
  if (document.errors.length > 0) return { why: NOT_YAML };
  try {
    const targets = edits.map(({ path, to }): Target => {
      const concrete = resolvePath(document, path);
      return { path: concrete, to, node: document.getIn(concrete, true) };
    });
    const edited = exchanged(text, targets) ?? rewritten(document, text, targets);
    return isOnly(targets, text, edited) ? { text: edited } : { why: OTHERWISE };
  } catch (error) {
    if (error instanceof CannotEdit) return { why: error.why };
    throw error;
  }
}

/** The edits as a YAML text of their own, for people. Positions of routes stand for their names. */
export function snippetOf(edits: readonly Edit[], routeNames: readonly string[]): string {
  const parts = edits.map(({ path, to }) => {
    const nested = path.reduceRight<unknown>((inner, step, place) => {
      if (typeof step === "number")
        return path[place - 1] === "routes" ? [{ name: routeNames[step], ...(inner as object) }] : [inner];
      return typeof step === "string" ? { [step]: inner } : [{ [step.rung]: inner }];
    }, to);
    return stringify(nested);
  });
  return parts.join("\n");
}

/** Finds rungs by their names, and refuses a way through a part that is shared with other places. */
function resolvePath(document: Document, steps: readonly EditStep[]): Path {
  const path: (string | number)[] = [];
  let node: unknown = document.contents;
  for (const step of steps) {
    if (isAlias(node)) throw new CannotEdit(SHARED);
    if (typeof step === "object") {
      if (!isSeq(node)) throw new CannotEdit(OTHERWISE);
      const place = node.items.findIndex(
        (item) => (isScalar(item) && item.value === step.rung) || (isMap(item) && item.has(step.rung)),
      );
      if (place === -1) throw new CannotEdit(OTHERWISE);
      path.push(place);
      // A rung that is only named becomes one with settings.
      if (isScalar(node.items[place])) document.setIn(path, document.createNode({ [step.rung]: {} }, { flow: true }));
      path.push(step.rung);
    } else path.push(step);
    node = document.getIn(path, true);
    if (isAlias(node)) throw new CannotEdit(SHARED);
  }
  if (isScalar(node) && typeof node.value === "string" && node.value.includes("${")) throw new CannotEdit(ENVIRONMENT);
  return path;
}

/** Where every value is there already: only their characters are exchanged. */
function exchanged(text: string, targets: readonly Target[]): string | undefined {
  const places = targets.flatMap(({ node, to }) => {
    const range = isScalar(node) && node.anchor === undefined ? node.range : undefined;
    return range === undefined || range === null ? [] : [{ from: range[0], end: range[1], to }];
  });
  if (places.length < targets.length) return undefined;
  return places
    .toSorted((one, other) => other.from - one.from)
    .reduce((changed, { from, end, to }) => changed.slice(0, from) + String(to) + changed.slice(end), text);
}

function rewritten(document: Document, text: string, targets: readonly Target[]): string {
  for (const { path, to } of targets) {
    makeWay(document, path);
    document.setIn(path, to);
  }
  const indent = /^( +)\S/m.exec(text)?.[1]?.length ?? 2;
  return document.toString({
    lineWidth: 0,
    indent: Math.min(indent, 8),
    indentSeq: !/^\S.*:\n- /m.test(text),
    flowCollectionPadding: !/(?<!\$)\{[^\s}]/.test(text),
  });
}

/** Takes an empty setting (`limit:`) off the way, and refuses anything else that is no map or list. */
function makeWay(document: Document, path: Path): void {
  for (let length = 1; length < path.length; length++) {
    const around = path.slice(0, length);
    const node = document.getIn(around, true);
    if (isMap(node) || isSeq(node)) continue;
    if (isScalar(node) && node.value !== null) throw new CannotEdit(OTHERWISE);
    if (node !== undefined) document.deleteIn(around);
    return;
  }
}

/** Whether two texts say the same but for the targets. */
function isOnly(targets: readonly Target[], before: string, after: string): boolean {
  const [old, edited] = [before, after].map((text) => parseDocument(text, { stringKeys: true, strict: true }));
  if (old === undefined || edited === undefined || edited.errors.length > 0) return false;
  const wanted: unknown = old.toJS();
  for (const { path, to } of targets) write(wanted, path, to);
  return isDeepStrictEqual(edited.toJS(), wanted);
}

/** Writes a value into plain data; what is on the way and no map or list becomes one. */
function write(data: unknown, path: Path, to: number | boolean): void {
  let at = data as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) {
    const next = at[step];
    if (typeof next !== "object" || next === null) at[step] = {};
    at = at[step] as Record<string | number, unknown>;
  }
  at[path.at(-1) ?? ""] = to;
}

const NOT_YAML: Bilingual = {
  en: "The file on disk is not valid YAML now; mend it first.",
  zh: "磁盘上的文件目前不是有效的 YAML；请先修复。",
};
const SHARED: Bilingual = {
  en: "The setting stands in a part of the file that other places share (a YAML alias): write the change yourself.",
  zh: "该设置位于文件中被多处共用的部分（YAML 别名）：请自行修改。",
};
const ENVIRONMENT: Bilingual = {
  en: `The value comes from an environment variable (\${…}): change that, and restart.`,
  zh: `该值来自环境变量（\${…}）：请修改该变量并重启。`,
};
const OTHERWISE: Bilingual = {
  en: "The file is written in a way that cannot be changed without risk: write the change yourself.",
  zh: "文件的写法无法安全地自动修改：请自行修改。",
};
