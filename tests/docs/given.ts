import { basename, dirname, join } from "node:path";
import type { Block } from "./pages.ts";

/** What a page leaves to its reader around a piece of code: names of the reader's own, or the rest of a file. */
interface Given {
  readonly page: string;
  /** A text that only this block of the page has. */
  readonly holds: string;
  readonly before?: string;
  readonly after?: string;
  /** The file of the repository that the block would be; what it imports is looked for from there. */
  readonly file?: string;
}

const SOURCE = "../../packages/tideover/src";
/** The room of the layer that the page on the architecture adds. */
const PROMPT_CAP = "packages/tideover/src/engine/layers/prompt-cap";
const OPENAI = 'import OpenAI from "openai";\n';
const CLIENT = `${OPENAI}const openai = new OpenAI({ baseURL: "http://127.0.0.1:8787/v1", apiKey: "unused", maxRetries: 0 });\n`;

export const GIVEN: readonly Given[] = [
  {
    page: "docs/architecture.md",
    holds: "type Layer   =",
    before: 'import type { Call, Outcome } from "tideover/engine";\n',
  },
  {
    page: "docs/architecture.md",
    holds: "definePreset({",
    before: `import { definePreset } from "${SOURCE}/providers/catalogue/preset.ts";\nimport { FLASH_NAMES } from "${SOURCE}/providers/catalogue/generic-names.ts";\nexport const presets = [\n`,
    after: "];\n",
  },
  { page: "docs/architecture.md", holds: "MAX_REQUEST_TOKENS =", file: `${PROMPT_CAP}/defaults.ts` },
  { page: "docs/architecture.md", holds: "export function promptCap", file: `${PROMPT_CAP}/prompt-cap.ts` },
  { page: "docs/architecture.md", holds: "test.each([", file: `${PROMPT_CAP}/prompt-cap.test.ts` },
  {
    page: "docs/architecture.md",
    holds: '{ name: "prompt-cap"',
    before: `import type { Place } from "${SOURCE}/engine/stack.ts";\nexport const order: readonly Place<string>[] = [\n`,
    after: "];\n",
  },
  {
    page: "docs/architecture.md",
    holds: '"prompt-cap": promptCap(',
    before: `import { deadline, observe, type Layer } from "tideover/engine";\ndeclare const environment: Parameters<typeof observe>[0] & { clock: Parameters<typeof deadline>[0] };\ndeclare const MAX_REQUEST_TOKENS: number;\ndeclare function promptCap(maxTokens: number): Layer;\nexport const layers = [\n`,
    after: "];\n",
  },
  {
    page: "docs/batch.md",
    holds: "createReadStream",
    before: `import { createReadStream } from "node:fs";\n${CLIENT}`,
  },
  {
    page: "docs/browser.md",
    holds: "function Suggest",
    before:
      'declare function useTide(route: string): { readonly level: string };\ndeclare function Suggestions(): import("preact").JSX.Element;\n',
    after: "export { Suggest };\n",
  },
  {
    page: "docs/browser.md",
    holds: "new LastAnswers()",
    before:
      "declare const id: string;\ndeclare function fetchDescription(id: string): Promise<string>;\ndeclare function show(text: string): void;\ndeclare function showAge(seconds: number, why: string): void;\n",
  },
  {
    page: "docs/browser.md",
    holds: "new Tickets(",
    before:
      "declare const gateway: string;\ndeclare const id: string;\ndeclare const accepted: { url: string };\ndeclare function render(tickets: unknown): void;\n",
  },
  {
    page: "docs/browser.md",
    holds: "resumedEvents(ask",
    before:
      "declare const gateway: string;\ndeclare const body: string;\ndeclare function append(chunk: unknown): void;\n",
  },
  {
    page: "docs/caching.md",
    holds: "createTideover(config",
    before:
      'import { createTideover, type TideoverConfig } from "tideover";\nimport type { AnswerStore } from "tideover/engine";\ndeclare const config: TideoverConfig;\ndeclare const myStore: AnswerStore;\n',
  },
  { page: "docs/responses.md", holds: "client.responses.create", before: OPENAI },
  {
    page: "packages/simulator/README.md",
    holds: "createInProcessTransport",
    before:
      'import { VirtualClock } from "tideover/testing";\nconst clock = new VirtualClock();\nconst body = { model: "deepseek-chat", messages: [{ role: "user", content: "Hello" }] };\n',
  },
];

const givenTo = (block: Block): Given | undefined =>
  GIVEN.find(({ page, holds }) => page === block.page && block.text.includes(holds));

/** The name of the file that a block would be; undefined for a program of its own. */
export function fileNameOf(block: Block): string | undefined {
  const file = givenTo(block)?.file;
  return file === undefined ? undefined : basename(file);
}

/** A block with what is given around it, and an `export` that makes it a module of its own. */
export function wholeProgram(block: Block): string {
  const { before = "", after = "", file } = givenTo(block) ?? {};
  const text =
    file === undefined
      ? block.text
      : block.text.replaceAll(/from "(\..+)"/g, (_all, path: string) => importFrom(file, path));
  return `${before}${text}${after}export {};\n`;
}

/** An import of a file that is not where it would be: of another block's file as its neighbour, else of the sources. */
function importFrom(file: string, path: string): string {
  const wanted = join(dirname(file), path);
  return GIVEN.some((given) => given.file === wanted) ? `from "./${basename(wanted)}"` : `from "../../${wanted}"`;
}
