import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { at, listAt, readText, rootPath } from "./deploy-files.ts";

/** How long the script may take, in ms. */
const SCRIPT_MS = 15_000;

describe("the bill of materials", () => {
  const written = execFileSync(process.execPath, ["scripts/sbom.ts"], {
    cwd: rootPath("."),
    encoding: "utf8",
    timeout: SCRIPT_MS,
  });
  const bill: unknown = JSON.parse(written);
  const refs = listAt(bill, "components").map((component) => String(at(component, "bom-ref")));

  test("names our packages, what they need, and what is shipped in bundles and in the image", () => {
    for (const name of ["tideover", "%40tideover/gateway", "zod", "pino", "preact", "pg", "rabbitmq-client"]) {
      expect(
        refs.some((ref) => ref.startsWith(`pkg:npm/${name}@`)),
        name,
      ).toBe(true);
    }
    // What is used only for building and testing is not shipped.
    for (const name of ["vitest", "%40biomejs/biome", "openai"]) {
      expect(
        refs.some((ref) => ref.startsWith(`pkg:npm/${name}@`)),
        name,
      ).toBe(false);
    }
  });

  test("every component has a version and a licence, those of others a hash, and every reference leads somewhere", () => {
    expect(new Set(refs).size).toBe(refs.length);
    for (const component of listAt(bill, "components")) {
      const ref = String(at(component, "bom-ref"));
      expect(at(component, "version"), ref).toMatch(/^\d+\.\d+\.\d+/);
      expect(listAt(component, "licenses"), ref).toHaveLength(1);
      if (!/pkg:npm\/(%40tideover\/|tideover@)/.test(ref))
        expect(at(component, "hashes.0.content"), ref).toMatch(/^[0-9a-f]{40,}$/);
    }
    for (const { dependsOn } of at(bill, "dependencies") as { dependsOn: string[] }[]) {
      for (const ref of dependsOn) expect(refs).toContain(ref);
    }
  });
});

describe("the release's files", () => {
  test("the change log has the version that the packages have, at the top", () => {
    const { version } = JSON.parse(readText("package.json")) as { version: string };
    const [, first] = readText("CHANGELOG.md").match(/^## \[(.+?)\]/m) ?? [];
    expect(first).toBe(version);
    expect(readText("deploy/helm/tideover/Chart.yaml")).toContain(`appVersion: ${version}`);
    expect(readText("deploy/compose/compose.yaml")).toContain(`tideover:${version}}`);
  });

  test.each([["CHANGELOG.md"], ["SECURITY.md"], ["CONTRIBUTING.md"], ["NOTICE"]])("%s invents no address", (file) => {
    expect(readText(file)).not.toMatch(/[\w.]+@[\w-]+\.[a-z]{2,}/);
  });

  test("the notice tells of every library whose code is in a bundle without its own text beside it", () => {
    expect(readText("NOTICE")).toContain("THIRD-PARTY-LICENSES.txt");
    expect(readText("NOTICE")).toMatch(/Preact[\s\S]*MIT/);
  });
});
