/**
 * Installs workerd, the runtime of Cloudflare Workers, for the tests of the edge handler, outside `node_modules`: it is
 * a program of 160 MB, which `npm ci` must not bring. Its package has no install script; what was fetched is compared
 * with the checksum that is written here.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Ignored by git; the tests look here. */
const FOLDER = ".tideover/workerd";
const VERSION = "1.20261117.1";

/** By platform and processor as Node names them: the package, and its checksum as npm writes it. */
const PACKAGES: Readonly<Record<string, { readonly name: string; readonly integrity: string }>> = {
  "linux-x64": {
    name: "@cloudflare/workerd-linux-64",
    integrity: "sha512-gZLA8X11m/luZwn+YA3+mDu61vdxNJzpksP/QZqjydKTQ+VUCulsK5gtn9Bqst1p3KJu2kafQpJ1nDQv4B23jA==",
  },
  "linux-arm64": {
    name: "@cloudflare/workerd-linux-arm64",
    integrity: "sha512-gxWngFojq41ULKNKb9rpWYvKotN5hT2I/xot+Bpy31cXzrwcTgtDLSMb2t75sW5BJxH7hihFvikgYb577kB3Zg==",
  },
};

const platform = `${process.platform}-${process.arch}`;
const wanted = PACKAGES[platform];
const program = join(FOLDER, "package", "bin", "workerd");
const mark = join(FOLDER, "version");
const present = existsSync(program) && existsSync(mark) ? readFileSync(mark, "utf8") : undefined;
if (wanted === undefined) {
  throw new Error(`There is no workerd ${VERSION} for ${platform}, only for ${Object.keys(PACKAGES).join(" and ")}.`);
}
if (present === VERSION) {
  process.stdout.write(`workerd ${VERSION} is there already.\n`);
} else {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const args = ["pack", `${wanted.name}@${VERSION}`, "--pack-destination", FOLDER, "--json"];
  const said = execFileSync("npm", args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const archive = join(FOLDER, archiveName(said));
  const integrity = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (integrity !== wanted.integrity) {
    throw new Error(
      `${wanted.name}@${VERSION} is not what it was: ${integrity} came, ${wanted.integrity} was expected.`,
    );
  }
  execFileSync("tar", ["-xzf", archive, "-C", FOLDER], { stdio: "inherit" });
  rmSync(archive);
  writeFileSync(mark, VERSION);
  process.stdout.write(`workerd ${VERSION} is installed in ${FOLDER}.\n`);
}

/** The file that `npm pack --json` has written; npm 11 gives an array, npm 12 an object by package name. */
function archiveName(said: string): string {
  const told: unknown = JSON.parse(said);
  const [first] = Object.values(told as Readonly<Record<string, { readonly filename: string }>>);
  if (first === undefined) throw new Error(`npm pack has not said what it wrote: ${said}`);
  return first.filename;
}
