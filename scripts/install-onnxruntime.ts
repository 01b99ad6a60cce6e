/**
 * Installs `onnxruntime-node` for the tests of the local model, outside `node_modules`: it is an optional peer of 288 MB,
 * which `npm ci` must not bring. Its install script is not run: it only fetches CUDA binaries, and the CPU's are inside.
 * With `--cuda` it is run, on a Linux machine with an NVIDIA card.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Ignored by git; `findOnnxRuntime` of the package's tests looks here. */
const FOLDER = ".tideover/onnxruntime";
const NAME = "onnxruntime-node";
/** The version that the tests and figures are of; the package takes any later one of the same major. */
const VERSION = "1.30.0";

const installed = join(FOLDER, "node_modules", NAME, "package.json");
const cuda = process.argv.includes("--cuda");
const present = existsSync(installed)
  ? (JSON.parse(readFileSync(installed, "utf8")) as { version: string }).version
  : undefined;
if (present === VERSION && !cuda) {
  process.stdout.write(`${NAME} ${VERSION} is there already.\n`);
} else {
  mkdirSync(FOLDER, { recursive: true });
  // A package of its own, so that npm does not look for the workspace above.
  writeFileSync(join(FOLDER, "package.json"), `${JSON.stringify({ private: true })}\n`);
  const scripts = cuda ? [] : ["--ignore-scripts"];
  const args = [
    "install",
    `${NAME}@${VERSION}`,
    "--prefix",
    FOLDER,
    "--no-audit",
    "--no-fund",
    "--no-save",
    ...scripts,
  ];
  execFileSync("npm", args, { stdio: "inherit" });
}
