import { describe, expect, test } from "vitest";
import { documentsOf, filesBelow, readText } from "./deploy-files.ts";

describe("files under deploy/", () => {
  // The chart's templates are no YAML before they are rendered.
  const files = filesBelow("deploy", ".yaml", ".yml").filter((file) => !file.includes("/templates/"));

  test("there are some", () => expect(files.length).toBeGreaterThan(8));

  test.each(files)("%s is YAML without keys written twice", (file) => {
    expect(documentsOf(readText(file), file).length).toBeGreaterThan(0);
  });

  test("none of them holds a secret", () => {
    const places = filesBelow("deploy", ".yaml", ".jmx", ".py", "Containerfile", ".md", ".example", ".json", ".tpl");
    for (const file of places) {
      const found = [
        ...readText(file).matchAll(/\b(?:sk-[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/]{20,}|AKIA[A-Z0-9]{16})/g),
      ];
      expect(found, file).toEqual([]);
    }
  });
});
