import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { overrideOf } from "../../scripts/containers/check-compose.ts";
import { gzippedSize, layersOf } from "../../scripts/containers/image-size.ts";
import { waitUntil } from "../../scripts/containers/waiting.ts";
import { at, documentsOf, entriesAt, problemsOf, readText, readYaml, variablesOf } from "./deploy-files.ts";

// What `npm run image` is made of, as far as it needs no container engine: it is run by hand.

let place: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "tideover-"));
});
afterAll(() => rmSync(place, { recursive: true }));

describe("the size of an image", () => {
  test("counts the layers of the one image that was saved", () => {
    expect(layersOf('[{ "Layers": ["a/layer.tar", "b/layer.tar"] }]')).toEqual(["a/layer.tar", "b/layer.tar"]);
    expect(() => layersOf("[]")).toThrow("0 images were saved, not 1");
    expect(() => layersOf('[{ "Layers": [] }, { "Layers": [] }]')).toThrow("2 images were saved, not 1");
  });

  test("is what gzip makes of a layer", async () => {
    const layer = "tide ".repeat(100_000);
    writeFileSync(join(place, "layer.tar"), layer);
    expect(await gzippedSize(join(place, "layer.tar"))).toBe(gzipSync(layer).length);
  });
});

describe("waitUntil", () => {
  const { signal } = new AbortController();

  test("takes no failure for an answer, and gives the answer that was waited for", async () => {
    const answers = [() => Promise.reject(new Error("not there")), async () => 200];
    const ask = () => (answers.shift() ?? (async () => 0))();
    expect(await waitUntil("it is there", 20_000, ask, (status) => status === 200, signal)).toBe(200);
  });

  test("says what it waited for and what it saw last", async () => {
    const ask = async () => "starting";
    const waited = waitUntil("it is healthy", 0, ask, (it) => it === "healthy", signal);
    await expect(waited).rejects.toThrow('Waited 0 s in vain until it is healthy; the last that was seen: "starting"');
  });
});

describe("compose.yaml before a simulated provider", () => {
  test("every file has its address, passes `tideover check` and is mounted where the service reads it", async () => {
    const [override] = documentsOf(overrideOf(place, "tideover:try", 20_000).replaceAll("!override ", ""), "try.yaml");
    const compose = readYaml("deploy/compose/compose.yaml");
    for (const service of ["interactive", "batch", "worker"]) {
      const path = String(at(override, `services.${service}.volumes.0.source`));
      const text = readFileSync(path, "utf8");
      expect(text).toContain('preset: deepseek, baseUrl: "http://upstream:8788",');
      expect(await problemsOf(path, variablesOf(text))).toBeUndefined();
      expect(at(override, `services.${service}.volumes.0.target`)).toBe(
        at(compose, `services.${service}.volumes.0.target`),
      );
    }
  });

  test("no port of it is one that a running Tideover may have", () => {
    const [override] = documentsOf(overrideOf(place, "tideover:try", 20_000).replaceAll("!override ", ""), "try.yaml");
    for (const service of ["interactive", "batch", "prometheus"]) {
      expect(at(override, `services.${service}.ports.0`)).toMatch(/^127\.0\.0\.1::\d+$/);
    }
  });

  test("every image of Debian's that stands in is one that compose.yaml lets be exchanged", () => {
    const targets = [...readText("scripts/containers/services/Containerfile").matchAll(/^FROM \S+ AS (\w+)$/gm)];
    const exchanged = entriesAt(readYaml("deploy/compose/compose.yaml"), "services").map(([, its]) => at(its, "image"));
    expect(targets.length).toBe(4);
    for (const [, target = ""] of targets) {
      expect(exchanged.join("\n")).toContain(`\${${target.toUpperCase()}_IMAGE:-`);
    }
  });
});
