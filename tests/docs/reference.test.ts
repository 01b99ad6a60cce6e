import * as browser from "@tideover/browser";
import * as edge from "@tideover/edge";
import * as sdk from "tideover";
import { describe, expect, test } from "vitest";
import { apiReference } from "../../scripts/docs-site/api-reference.ts";
import { exportedDeclarations } from "../../scripts/docs-site/exported-declarations.ts";
import { CHECKOUT } from "./pages.ts";

const PAGES = new Map(apiReference(CHECKOUT).map(({ source, text }) => [source, text]));

describe.each([
  ["docs/reference/tideover.md", "packages/tideover", sdk],
  ["docs/reference/edge.md", "packages/edge", edge],
  ["docs/reference/browser.md", "packages/browser", browser],
])("%s", (source, folder, module) => {
  const page = PAGES.get(source) ?? "";

  test("has every value that the package gives", () => {
    const missing = Object.keys(module).filter((name) => !page.includes(`\n## \`${name}\`\n`));
    expect(missing).toEqual([]);
  });

  test("says of every name what it is", () => {
    const declarations = exportedDeclarations(`${CHECKOUT}${folder}/src/index.ts`);
    expect(declarations.length).toBeGreaterThan(Object.keys(module).length);
    expect(declarations.filter(({ comment }) => comment === "").map(({ name }) => name)).toEqual([]);
  });
});

test("a function has its parameters and what it gives, and no body; a class nothing that is private", () => {
  const text = PAGES.get("docs/reference/tideover.md") ?? "";
  expect(text).toContain(
    "```ts\nfunction createTideover(config: TideoverConfig, options: TideoverOptions = {}): Tideover;\n```\n\n" +
      "- throws: ConfigError for a configuration that cannot be used",
  );
  expect(text).toContain("static isInstance(value: unknown): value is ConfigError;\n}\n```");
  expect(PAGES.get("docs/reference/edge.md")).not.toMatch(/#\w|this\.|return /);
});
