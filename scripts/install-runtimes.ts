/**
 * Installs the runtimes that the SDK and the edge handler are tested in beside Node: workerd (Cloudflare's Workers), Deno
 * and Bun. Outside `node_modules`: they are programs of 100 to 160 MB each, which `npm ci` must not bring. Their packages
 * have no install script that is needed; what was fetched is compared with the checksum that is written here.
 *
 *   node scripts/install-runtimes.ts [workerd] [deno] [bun]     default: all
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Ignored by git; the tests look here. */
const FOLDER = ".tideover";

/** A runtime's package for one kind of machine, and its checksum as npm writes it. */
interface RuntimePackage {
  readonly name: string;
  readonly integrity: string;
}

/** What is installed of a runtime. */
interface Runtime {
  readonly version: string;
  /** The program inside the package. */
  readonly program: string;
  /** By platform and processor as Node names them. */
  readonly packages: Readonly<Record<string, RuntimePackage>>;
}

const RUNTIMES: Readonly<Record<string, Runtime>> = {
  workerd: {
    version: "1.20261117.1",
    program: "bin/workerd",
    packages: {
      "linux-x64": {
        name: "@cloudflare/workerd-linux-64",
        integrity: "sha512-gZLA8X11m/luZwn+YA3+mDu61vdxNJzpksP/QZqjydKTQ+VUCulsK5gtn9Bqst1p3KJu2kafQpJ1nDQv4B23jA==",
      },
      "linux-arm64": {
        name: "@cloudflare/workerd-linux-arm64",
        integrity: "sha512-gxWngFojq41ULKNKb9rpWYvKotN5hT2I/xot+Bpy31cXzrwcTgtDLSMb2t75sW5BJxH7hihFvikgYb577kB3Zg==",
      },
    },
  },
  deno: {
    version: "2.9.5",
    program: "deno",
    packages: {
      "linux-x64": {
        name: "@deno/linux-x64-glibc",
        integrity: "sha512-TDqcnoLe3jlgqYEQm7H7MK6q0JOth+o8iSZzknRODnVkJfPiNnjVn1M1Zc6vnp+ipkyb6Av1/CUlHgHtlq59Gw==",
      },
      "linux-arm64": {
        name: "@deno/linux-arm64-glibc",
        integrity: "sha512-IuYjsz9PGl7CJcNXMuN27KNDB8Q40brK3SG3l+TXMDVW61ZKwcn0fQHBHnXFiiygEwI8by/fKnASEluhZB1atw==",
      },
    },
  },
  bun: {
    version: "1.4.5",
    program: "bin/bun",
    packages: {
      "linux-x64": {
        name: "@oven/bun-linux-x64",
        integrity: "sha512-IWX9BELoGHAUtMonkeSaNaZwXzRk+oDw6Mk+HBFXd3KHYIBNBsIGRupMZPcgNoDbJpLu6gAJjIoIVPZtt1aJ1g==",
      },
      "linux-arm64": {
        name: "@oven/bun-linux-aarch64",
        integrity: "sha512-4BXmsSKnjOrlGWqZV4x/oWa7AVoR+B6lCXddMzOAXBIm3t50eslg9wb66gmtW1AamEQ1l1CDvmmruysEhqOWMg==",
      },
    },
  },
};

const platform = `${process.platform}-${process.arch}`;
const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(RUNTIMES)) {
  const runtime = RUNTIMES[name];
  if (runtime === undefined)
    throw new Error(`No runtime is called "${name}"; there are ${Object.keys(RUNTIMES).join(", ")}.`);
  install(name, runtime);
}

function install(name: string, { version, program, packages }: Runtime): void {
  const wanted = packages[platform];
  if (wanted === undefined) {
    throw new Error(`There is no ${name} ${version} for ${platform}, only for ${Object.keys(packages).join(" and ")}.`);
  }
  const folder = join(FOLDER, name);
  const mark = join(folder, "version");
  if (existsSync(join(folder, "package", program)) && existsSync(mark) && readFileSync(mark, "utf8") === version) {
    process.stdout.write(`${name} ${version} is there already.\n`);
    return;
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const args = ["pack", `${wanted.name}@${version}`, "--pack-destination", folder, "--json"];
  const said = execFileSync("npm", args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const archive = join(folder, archiveName(said));
  const integrity = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (integrity !== wanted.integrity) {
    throw new Error(
      `${wanted.name}@${version} is not what it was: ${integrity} came, ${wanted.integrity} was expected.`,
    );
  }
  execFileSync("tar", ["-xzf", archive, "-C", folder], { stdio: "inherit" });
  rmSync(archive);
  writeFileSync(mark, version);
  process.stdout.write(`${name} ${version} is installed in ${folder}.\n`);
}

/** The file that `npm pack --json` has written; npm 11 gives an array, npm 12 an object by package name. */
function archiveName(said: string): string {
  const told: unknown = JSON.parse(said);
  const [first] = Object.values(told as Readonly<Record<string, { readonly filename: string }>>);
  if (first === undefined) throw new Error(`npm pack has not said what it wrote: ${said}`);
  return first.filename;
}
