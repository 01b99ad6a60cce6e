import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { copyPackages, IMAGE_PACKAGES } from "../../deploy/container/copy-packages.ts";
import { type LockFile, lockedClosure, nameAt } from "../../scripts/locked-packages.ts";
import { filesBelow, readText, rootPath } from "./deploy-files.ts";

const containerfile = readText("deploy/container/Containerfile");
const stages = containerfile.split(/^(?=FROM )/m).slice(1);
const last = stages.at(-1) ?? "";

describe("the Containerfile", () => {
  test("ends in a stage of its own with nothing but Node and what the command needs", () => {
    expect(stages).toHaveLength(2);
    expect(last).not.toMatch(/^RUN /m);
    expect(last.replaceAll(/^#.*$/gm, "")).not.toMatch(/\b(npm|curl|wget|apt-get)\b/);
    expect([...last.matchAll(/^COPY .*/gm)].map(([line]) => line).every((line) => line.includes("--from=build"))).toBe(
      true,
    );
  });

  test("is nobody's account, says how it stops, and asks for its health without another program", () => {
    expect(last).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(last).toMatch(/^STOPSIGNAL SIGTERM$/m);
    expect(last).toMatch(/^HEALTHCHECK [\s\S]*CMD \["node", "-e", "fetch\('http:\/\/127\.0\.0\.1:8787\/healthz'\)/m);
    expect(last).toMatch(/^ENTRYPOINT \["node",/m);
  });

  test("copies the manifest of every workspace before it installs", () => {
    const before = containerfile.slice(0, containerfile.indexOf("npm ci"));
    const lock = JSON.parse(readText("package-lock.json")) as LockFile;
    const workspaces = Object.entries(lock.packages).filter(
      ([place]) => place.startsWith("packages/") && !place.includes("node_modules"),
    );
    expect(workspaces.length).toBeGreaterThan(4);
    for (const [place] of workspaces) expect(before).toContain(`COPY ${place}/package.json ${place}/`);
  });

  test("reads only what is let in, and no secret is", () => {
    const lines = readText("deploy/container/Containerfile.dockerignore").split("\n");
    expect(lines.find((line) => line !== "" && !line.startsWith("#"))).toBe("*");
    for (const wanted of [...containerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = ""]) =>
      names.split(" "),
    )) {
      expect(
        lines.some((line) => line === `!${wanted}` || wanted.startsWith(`${line.slice(1)}/`)),
        wanted,
      ).toBe(true);
    }
    expect(lines).toEqual(expect.arrayContaining(["**/.env", "**/node_modules", "**/.tideover"]));
    expect(lines).toEqual(expect.arrayContaining(["!LICENSE", "!NOTICE"]));
  });

  test("what the build takes from the root of the repository was copied before", () => {
    const [build = ""] = stages;
    const copied = [...build.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, names = ""]) => names.split(" "));
    const taken = [...build.matchAll(/&& cp (?:-r )?(.+) \/out\S*/g)].flatMap(([, names = ""]) => names.split(" "));
    expect(taken).toEqual(expect.arrayContaining(["LICENSE", "NOTICE", "packages/gateway/bin"]));
    for (const name of taken) {
      expect(
        copied.some((its) => name === its || name.startsWith(`${its}/`)),
        name,
      ).toBe(true);
    }
  });

  test("is read by the builder's own parser: none is fetched for it", () => {
    expect(containerfile).not.toMatch(/^# *syntax *=/m);
  });

  test("nothing that a build reads is missing", () => {
    for (const file of ["LICENSE", "NOTICE", "tsconfig.json"]) expect(existsSync(rootPath(file)), file).toBe(true);
    expect(filesBelow("deploy/container", ".ts")).toContain("deploy/container/copy-packages.ts");
  });
});

describe("copyPackages", () => {
  test("takes what a package needs, at the place and in the version that are locked", () => {
    const target = mkdtempSync(join(tmpdir(), "tideover-"));
    try {
      const places = copyPackages(rootPath("."), target, ["pg"]);
      expect(places).toContain("node_modules/pg");
      expect(places).toContain("node_modules/pg-protocol");
      const lock = JSON.parse(readText("package-lock.json")) as LockFile;
      for (const place of places) {
        const { version } = JSON.parse(readFileSync(join(target, place, "package.json"), "utf8")) as {
          version: string;
        };
        expect(version, place).toBe(lock.packages[place]?.version);
      }
    } finally {
      rmSync(target, { recursive: true });
    }
  });

  test("the image's packages are those that the gateway takes from outside", () => {
    const { peerDependencies } = JSON.parse(readText("packages/gateway/package.json")) as { peerDependencies: object };
    expect([...IMAGE_PACKAGES].sort()).toEqual(Object.keys(peerDependencies).sort());
  });
});

describe("lockedClosure", () => {
  const lock: LockFile = {
    packages: {
      "node_modules/a": { version: "1.0.0", dependencies: { b: "^1", c: "^2" } },
      "node_modules/b": {
        version: "1.0.0",
        dependencies: { c: "^1", extra: "^1" },
        optionalDependencies: { extra: "^1" },
      },
      "node_modules/c": { version: "1.0.0", dependencies: { a: "^1" } },
      "node_modules/a/node_modules/c": { version: "2.0.0" },
      "node_modules/ours": { link: true, resolved: "packages/ours" },
      "packages/ours": { version: "0.1.0", dependencies: { b: "^1" } },
      "packages/ours/node_modules/b": { version: "9.0.0" },
      "node_modules/unused": { version: "1.0.0" },
    },
  };

  test("finds the nearest of several versions, ends in circles, and leaves out what is optional and absent", () => {
    expect(lockedClosure(lock, ["a"])).toEqual([
      "node_modules/a",
      "node_modules/a/node_modules/c",
      "node_modules/b",
      "node_modules/c",
    ]);
  });

  test("a workspace stands as its folder, with what is installed within", () => {
    expect(lockedClosure(lock, ["ours"])).toEqual(["packages/ours", "packages/ours/node_modules/b"]);
  });

  test("a place has its package's name", () => {
    const names = ["node_modules/@a/b", "node_modules/a/node_modules/c", "packages/ours"].map((place) =>
      nameAt(lock, place),
    );
    expect(names).toEqual(["@a/b", "c", "ours"]);
  });

  test("what is needed and not locked is an error that says who needs it", () => {
    expect(() => lockedClosure(lock, ["nobody"])).toThrow("nobody, which was asked for, is not in the lock file.");
    const broken = { packages: { "node_modules/a": { dependencies: { b: "1" } } } };
    expect(() => lockedClosure(broken, ["a"])).toThrow("b, which node_modules/a needs, is not in the lock file.");
  });
});
