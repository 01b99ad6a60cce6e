/**
 * Installs the npm packages that the pages tell their readers to install (OpenTelemetry's SDK), in the versions of
 * `tests/docs/packages`, and the Portkey gateway that the bench compares with, outside of `node_modules`: the tests of the
 * pages then run what the pages say without a network.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installPortkey } from "../bench/peers/portkey.ts";

/** Ignored by git; the tests look here. */
const FOLDER = ".tideover/npm-packages";
/** Where the bench looks when this is the system's folder for temporary files. */
const PEERS = ".tideover/peers/tideover-failover-bench";
const WANTED = "tests/docs/packages";
const LOCK = "package-lock.json";

const wanted = readFileSync(join(WANTED, LOCK), "utf8");
// Written last: a folder without it was left half-way.
const mark = join(FOLDER, "installed.json");
if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) {
  process.stdout.write(`The npm packages of the pages are in ${FOLDER} already.\n`);
} else {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const name of ["package.json", LOCK]) copyFileSync(join(WANTED, name), join(FOLDER, name));
  // A package of its own, so that npm does not look for the workspace above.
  execFileSync("npm", ["ci", "--prefix", FOLDER, "--ignore-scripts", "--no-audit", "--no-fund"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  writeFileSync(mark, wanted);
  process.stdout.write(`The npm packages of the pages are installed in ${FOLDER}.\n`);
}
// Does nothing where it is.
installPortkey(PEERS);
