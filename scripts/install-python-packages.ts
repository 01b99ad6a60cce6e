/**
 * Installs the Python packages that the pages' programs, load plans and scripts for models need (OpenAI's and Anthropic's
 * clients, Locust, ONNX's tools), in the versions of `tests/docs/requirements.txt`, into a virtual environment outside of
 * version control.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Ignored by git; the tests look here. */
const FOLDER = ".tideover/python";
/** The packages as they were fetched: a page that installs one is run from these. */
const WHEELS = join(FOLDER, "wheels");
const REQUIREMENTS = "tests/docs/requirements.txt";

const wanted = readFileSync(REQUIREMENTS, "utf8");
const mark = join(FOLDER, "requirements.txt");
if (existsSync(mark) && existsSync(WHEELS) && readFileSync(mark, "utf8") === wanted) {
  process.stdout.write(`The Python packages are in ${FOLDER} already.\n`);
} else {
  rmSync(FOLDER, { recursive: true, force: true });
  run("python3", ["-m", "venv", FOLDER]);
  const pip = ["-m", "pip", "--quiet", "--disable-pip-version-check"];
  const python = join(FOLDER, "bin", "python3");
  run(python, [...pip, "download", "--only-binary", ":all:", "--requirement", REQUIREMENTS, "--dest", WHEELS]);
  run(python, [...pip, "install", "--no-index", "--find-links", WHEELS, "--requirement", REQUIREMENTS]);
  writeFileSync(mark, wanted);
  process.stdout.write(`The Python packages are installed in ${FOLDER}.\n`);
}

/** @throws Error that says what was run, when it does not end well */
function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
}
