/**
 * The images that ours and compose's services start from, made of Debian's own packages: for machines that reach no registry
 * of images. Needs root and mmdebstrap. They stand in for a try; what runs for people starts from the registry's.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Engine } from "./engine.ts";

const RELEASE = "bookworm";
const DEBIAN = "tideover-local/debian:bookworm-slim";
const NODE = "tideover-local/node:24-bookworm-slim";
const SERVERS = "tideover-local/servers:bookworm";
const SERVER_PACKAGES = ["redis-server", "postgresql", "rabbitmq-server", "prometheus"];

/** Most that making a system may say, in bytes. */
const SAID_BYTES = 16 * 1024 * 1024;

/** What Debian's slim image leaves out. */
const LEFT_OUT = ["man", "doc", "locale", "info", "groff", "lintian", "linda"];

/** Makes both bases of the image where they are not there yet. @returns the arguments with which they are built from */
export async function localBases(engine: Engine): Promise<readonly string[]> {
  if (!(await has(engine, DEBIAN))) await importDebian(engine, DEBIAN, []);
  await nodeBase(engine);
  return ["--build-arg", `BASE_IMAGE=${DEBIAN}`, "--build-arg", `NODE_IMAGE=${NODE}`];
}

/** Makes the images of compose's services but Grafana, which Debian does not have. @returns the variables that name them */
export async function localServices(engine: Engine): Promise<Readonly<Record<string, string>>> {
  if (!(await has(engine, SERVERS))) await importDebian(engine, SERVERS, SERVER_PACKAGES);
  const folder = join(import.meta.dirname, "services");
  const images: Record<string, string> = {};
  for (const target of ["redis", "postgres", "rabbitmq", "prometheus"]) {
    const image = `tideover-local/${target}`;
    const from = ["--build-arg", `SERVERS_IMAGE=${SERVERS}`, "--target", target, "--tag", image, "--network", "none"];
    await engine.docker(["build", "--quiet", ...from, "--file", join(folder, "Containerfile"), folder]);
    images[`${target.toUpperCase()}_IMAGE`] = image;
  }
  return images;
}

const has = (engine: Engine, image: string): Promise<boolean> =>
  engine.docker(["image", "inspect", "--format", "{{.Id}}", image]).then(
    () => true,
    () => false,
  );

/** Debian's minimal system without recommended packages, as its slim image is, with some packages more. */
async function importDebian(engine: Engine, image: string, packages: readonly string[]): Promise<void> {
  process.stdout.write(`Making ${image} of Debian's packages\n`);
  const place = mkdtempSync(join(tmpdir(), "tideover-debian-"));
  try {
    const archive = join(place, "debian.tar");
    // `usr-is-merged` in place of `usrmerge`, which would bring all of Perl.
    const settings = ["--variant=minbase", "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr"];
    settings.push(`--include=${["usr-is-merged", ...packages].join(",")}`, '--aptopt=Apt::Install-Recommends "false"');
    for (const folder of LEFT_OUT) settings.push(`--dpkgopt=path-exclude=/usr/share/${folder}/*`);
    settings.push("--dpkgopt=path-include=/usr/share/doc/*/copyright", "--quiet");
    // What it says is in the error, if there is one.
    execFileSync("mmdebstrap", [...settings, RELEASE, archive], { stdio: "pipe", maxBuffer: SAID_BYTES });
    await engine.docker(["import", archive, image]);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/**
 * Debian with the Node that runs this and the npm that is installed, which asks the caller's registry and trusts whom the
 * caller trusts. Only the build's first stage is made from it, so nothing of that gets into the image; keys do not even get
 * into this stage.
 */
async function nodeBase(engine: Engine): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), "tideover-node-"));
  try {
    for (const folder of ["bin", "etc", "lib/node_modules"]) mkdirSync(join(place, folder), { recursive: true });
    cpSync(realpathSync(process.execPath), join(place, "bin/node"));
    cpSync(npmFolder(), join(place, "lib/node_modules/npm"), { recursive: true });
    for (const name of ["npm", "npx"]) {
      symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(place, "bin", name));
    }
    const settings = [`registry=${npmSetting("registry")}`, "update-notifier=false"];
    const lines = [
      `FROM ${DEBIAN}`,
      "COPY bin /usr/local/bin/",
      "COPY lib /usr/local/lib/",
      "COPY etc /usr/local/etc/",
    ];
    const [trusted, alsoTrusted] = [npmSetting("cafile"), process.env.NODE_EXTRA_CA_CERTS];
    if (trusted !== "null") {
      cpSync(trusted, join(place, "etc/trusted.crt"));
      settings.push("cafile=/usr/local/etc/trusted.crt");
    }
    if (alsoTrusted !== undefined) {
      cpSync(alsoTrusted, join(place, "etc/also-trusted.crt"));
      lines.push("ENV NODE_EXTRA_CA_CERTS=/usr/local/etc/also-trusted.crt");
    }
    writeFileSync(join(place, "etc/npmrc"), `${settings.join("\n")}\n`);
    writeFileSync(join(place, "Containerfile"), `${lines.join("\n")}\n`);
    await engine.docker(["build", "--quiet", "--tag", NODE, "--file", join(place, "Containerfile"), place]);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** Where npm is: it says so itself when it runs this. @throws Error when it did not */
function npmFolder(): string {
  const program = process.env.npm_execpath;
  if (program === undefined)
    throw new Error("Run this as `npm run image`: npm itself goes into the base of the build.");
  return dirname(dirname(realpathSync(program)));
}

/** The value of one of npm's settings; `null` where there is none. */
const npmSetting = (name: string): string =>
  execFileSync("npm", ["config", "get", name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
