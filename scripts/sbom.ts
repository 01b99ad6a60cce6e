/**
 * Writes the software bill of materials of what is published and of the image, as CycloneDX 1.6 JSON, from
 * `package-lock.json` alone: `node scripts/sbom.ts > tideover.cdx.json`. `npm sbom` would leave out what is in no package's
 * dependencies and shipped all the same: the dashboard's library, which is in its bundle, and the clients of the servers.
 * The same lock file gives the same document, byte for byte.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { IMAGE_PACKAGES } from "../deploy/container/copy-packages.ts";
import { type LockFile, lockedClosure, nameAt, placeNeeded } from "./locked-packages.ts";

/** What is published. */
const PUBLISHED = [
  "tideover",
  "@tideover/gateway",
  "@tideover/simulator",
  "@tideover/local-model",
  "@tideover/browser",
  "@tideover/edge",
];
/** What builds the dashboard and is not in it. The rest of its packages is compiled into its files. */
const DASHBOARD_TOOLS = ["vite"];

const text = readFileSync("package-lock.json", "utf8");
const lock = JSON.parse(text) as LockFile & { readonly name: string; readonly version: string };
const IN_DASHBOARD = Object.keys(lock.packages["packages/dashboard"]?.devDependencies ?? {}).filter(
  (name) => !DASHBOARD_TOOLS.includes(name),
);
const SHIPPED = [...PUBLISHED, ...IN_DASHBOARD, ...IMAGE_PACKAGES];

const places = lockedClosure(lock, SHIPPED);

process.stdout.write(`${JSON.stringify(billOfMaterials(), undefined, 2)}\n`);

function billOfMaterials(): unknown {
  const components = new Map(places.map((place) => [purlOf(place), componentOf(place)]));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(text)}`,
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": `pkg:npm/${lock.name}@${lock.version}`,
        name: "tideover",
        version: lock.version,
        licenses: [{ license: { id: "Apache-2.0" } }],
      },
    },
    components: [...components.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, component]) => component),
    dependencies: [
      {
        ref: `pkg:npm/${lock.name}@${lock.version}`,
        dependsOn: shippedFrom("", SHIPPED),
      },
      ...[...new Map(places.map((place) => [purlOf(place), place])).entries()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([ref, place]) => ({ ref, dependsOn: shippedFrom(place, neededBy(place)) })),
    ],
  };
}

function componentOf(place: string): unknown {
  const entry = lock.packages[place] ?? {};
  const name = nameAt(lock, place);
  return {
    type: "library",
    "bom-ref": purlOf(place),
    ...(name.startsWith("@") ? { group: name.split("/")[0], name: name.split("/")[1] } : { name }),
    version: versionAt(place),
    purl: purlOf(place),
    licenses: [licenceOf(entry.license ?? "Apache-2.0")],
    ...(entry.integrity === undefined ? {} : { hashes: hashesOf(entry.integrity) }),
  };
}

/** An SPDX expression where it is more than one identifier. */
function licenceOf(licence: string): unknown {
  return /[ ()]/.test(licence) ? { expression: licence } : { license: { id: licence } };
}

/** npm's integrity (`sha512-` and base64) as CycloneDX writes hashes. */
function hashesOf(integrity: string): unknown[] {
  return integrity.split(" ").map((part) => {
    const [algorithm = "", digest = ""] = part.split(/-(.*)/s);
    return { alg: algorithm.replace(/^sha(\d+)$/, "SHA-$1"), content: Buffer.from(digest, "base64").toString("hex") };
  });
}

function purlOf(place: string): string {
  return `pkg:npm/${nameAt(lock, place).replace("@", "%40")}@${versionAt(place)}`;
}

function versionAt(place: string): string {
  return lock.packages[place]?.version ?? lock.version;
}

function neededBy(place: string): readonly string[] {
  const entry = lock.packages[place];
  return [...Object.keys(entry?.dependencies ?? {}), ...Object.keys(entry?.optionalDependencies ?? {})];
}

/** The packages that the names stand for where they are needed; what is optional and not shipped is left out. */
function shippedFrom(from: string, names: readonly string[]): readonly string[] {
  const found = names.map((name) => placeNeeded(lock, from, name)).filter((place) => place !== undefined);
  return [...new Set(found.filter((place) => places.includes(place)).map(purlOf))].sort();
}

/** A UUID (version 5's form) that is the same for the same text. */
function uuidOf(content: string): string {
  const hex = createHash("sha256").update(content).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
