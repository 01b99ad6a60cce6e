import type { Block } from "./pages.ts";

/** Why a block cannot be executed here; the one vocabulary of the comments before such blocks. */
export const REASONS = {
  "not run": [
    "needs a cluster",
    "needs a container engine",
    "run by npm run image",
    "needs a GPU",
    "needs gigabytes of packages",
  ],
  "only compiled": ["runs in a page", "a part of a file", "needs services of yours"],
  "only read": ["another program's file"],
} as const;

/** How much of a block is proven, where it is less than all. */
export interface Mark {
  readonly how: keyof typeof REASONS;
  readonly reason: string;
  /** The only lines that it is about, where it is not about all of them: those that contain one of these texts. */
  readonly lines: readonly string[];
}

/**
 * The mark of a block: `<!-- not run: needs a cluster -->`, or of some of its lines:
 * `<!-- not run: needs a cluster: "helm install", "kubectl get" -->`. Undefined for a block to be proven as it stands.
 * @throws Error for a reason that is not in the vocabulary, and for lines that the block does not have
 */
export function markOf(block: Block): Mark | undefined {
  const [, how, reason = "", quoted = ""] =
    /^(not run|only compiled|only read): ([^:]+?)(?:: (".*"))?$/.exec(block.comment ?? "") ?? [];
  if (how === undefined) return undefined;
  const place = `${block.page}:${block.line}`;
  const known: readonly string[] = REASONS[how as Mark["how"]];
  if (!known.includes(reason)) throw new Error(`${place}: "${reason}" is none of: ${known.join(", ")}`);
  const lines = [...quoted.matchAll(/"([^"]+)"/g)].map(([, line = ""]) => line);
  for (const line of lines) {
    if (!block.text.includes(line)) throw new Error(`${place}: no line of the block has "${line}"`);
  }
  return { how: how as Mark["how"], reason, lines };
}
