import { expect, test } from "vitest";
import { consoleCommands, withoutLines } from "./commands.ts";
import { problemsOfConfiguration } from "./configurations.ts";
import { anchorsOf, linksOf } from "./links.ts";
import { markOf } from "./marks.ts";
import { blocksOf } from "./pages.ts";
import { differencesOf, documentsIn } from "./shown-documents.ts";
import { compareOutput } from "./shown-output.ts";

const FENCE = "```";

test("a block is read with its comment, without the indentation of the list that it is in", () => {
  const page = `1. So:\n\n   <!-- not run: needs a cluster -->\n   ${FENCE}sh\n   npm test\n     --all\n   ${FENCE}\n`;
  expect(blocksOf("p.md", page)).toEqual([
    { page: "p.md", line: 4, language: "sh", text: "npm test\n  --all\n", comment: "not run: needs a cluster" },
  ]);
  expect(() => blocksOf("p.md", `${FENCE}sh\nnpm test\n`)).toThrow("p.md:1: the fence is not closed");
});

test("a reason is one of the vocabulary, and a line is one of the block", () => {
  const block = (comment: string) => ({ page: "p.md", line: 1, language: "sh", text: "npm test\n", comment });
  expect(markOf(block("not run: needs a cluster"))).toEqual({ how: "not run", reason: "needs a cluster", lines: [] });
  expect(markOf(block('not run: needs a cluster: "npm test"'))?.lines).toEqual(["npm test"]);
  expect(markOf(block("prettier-ignore"))).toBeUndefined();
  expect(() => markOf(block("not run: no time"))).toThrow('"no time" is none of');
  expect(() => markOf(block('not run: needs a cluster: "npm ci"'))).toThrow("no line of the block");
});

test("commands go on over lines, and what stands below them is their output", () => {
  expect(consoleCommands("$ curl a \\\n    -d b\nHTTP\n$ ls\n")).toEqual([
    { command: "curl a \\\n    -d b", output: ["HTTP"] },
    { command: "ls", output: [] },
  ]);
  expect(() => consoleCommands("ls\n")).toThrow('begins with "$ "');
  expect(withoutLines("a\nb one\nc\n", ["b"])).toBe("a\nc\n");
});

test.each([
  ["HTTP/1.1 202 Accepted", "HTTP/1.1 202 Accepted", true],
  ["HTTP/1.1 202 Accepted", "HTTP/1.1 202 Refused", false],
  ["Retry-After: 5", "retry-after: 33", true],
  ["Retry-After: 5", "retry-after: soon", false],
  ["Submitted as batch_6b1f.", "Submitted as batch_87cdf8a0d2b1.", true],
  ["Submitted as batch_6b1f.", "Submitted as file_87cdf8a0d2b1.", false],
  ["[####----]  42%  in_progress  21 of 50 answered", "0%  validating  0 of 0 answered", true],
  ["[####----]  42%  in_progress  21 of 50 answered", "0%  validating  0 of 0 failed", false],
  ['data: {"id":"…","object":"chunk"…', 'data: {"id":"a-b","object":"chunk","choices":[]}', true],
  ['data: {"id":"…","object":"chunk"…', 'data: {"id":"a-b","object":"other"}', false],
  ["location: /v1/streams/0f0c…?expires=17&signature=…", "location: /v1/streams/ab-1?expires=99&signature=x_y", true],
])("shown %j, came %j: %s", (shown, came, isLike) => {
  expect(compareOutput([shown], `before\n${came}\nafter`).missing === undefined).toBe(isLike);
});

test("lines come in their order, and an id of this run is learned", () => {
  expect(compareOutput(["b", "a"], "a\nb\n").missing).toBe("a");
  expect(compareOutput(["Took batch_6b1f0c9a."], "Took batch_aa11bb22cc.").learned).toEqual([
    ["batch_6b1f0c9a", "batch_aa11bb22cc"],
  ]);
});

test("a document is like another when it has its members, their types and the deciding words", () => {
  const real = { error: { code: "not_cached", message: "None fits.", param: null }, more: [{ at: 1 }] };
  expect(differencesOf({ error: { code: "not_cached", param: null } }, real)).toEqual([]);
  expect(differencesOf({ error: { code: "load_shed" } }, real)).toEqual([
    ".error.code: shown is load_shed, came not_cached",
  ]);
  expect(differencesOf({ error: { message: "None." } }, real)).toHaveLength(1);
  expect(differencesOf({ error: { param: "model" } }, real)).toEqual([".error.param: shown is string, came null"]);
  expect(differencesOf({ other: 1 }, real)).toEqual([".other did not come"]);
  expect(differencesOf({ more: [{ at: "1" }] }, real)).toEqual([".more[0].at: shown is string, came number"]);
  expect(differencesOf({ more: [1] }, { more: [] })).toEqual([".more: shown with elements, came without"]);
  expect(documentsIn('{"a":1}\n{"a":2}\n')).toEqual([{ a: 1 }, { a: 2 }]);
  expect(() => documentsIn("{a}")).toThrow();
});

test("a configuration of a page is completed, and what is wrong in it is found", () => {
  expect(problemsOfConfiguration("server: { workers: auto }\n")).toEqual([]);
  expect(problemsOfConfiguration("ladder: [deepseek, stale]\n")).toEqual([]);
  expect(problemsOfConfiguration("server: { wrokers: auto }\n")).toEqual([expect.stringContaining("wrokers")]);
  expect(problemsOfConfiguration('routes: [{ model: "*", ladder: [nobody] }]\n')).toEqual([
    expect.stringContaining("nobody"),
  ]);
});

test("links and anchors are read as GitHub makes them, outside of code", () => {
  const page = `# One: \`two\` & 三\n\n## Again\n\n## Again\n\nSee [it](a.md#b), ![p](p.png) and \`[no](x.md)\`.\n\n${FENCE}md\n[no](y.md)\n${FENCE}\n`;
  expect(anchorsOf(page)).toEqual(["one-two--三", "again", "again-1"]);
  expect(linksOf(page).map(({ target }) => target)).toEqual(["a.md#b", "p.png"]);
});
