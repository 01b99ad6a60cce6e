/**
 * Installs Apache JMeter for the test of the load plan, from Maven's packages, outside of version control: 70 MB. Its own
 * archive is in no package registry; what its start needs is laid out here as in that archive. Needs Java and Maven.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Ignored by git; the tests look here. */
const FOLDER = ".tideover/jmeter";
const POM = "scripts/services/jmeter.pom.xml";

const wanted = readFileSync(POM, "utf8");
const mark = join(FOLDER, "jmeter.pom.xml");
if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) {
  process.stdout.write(`JMeter is in ${FOLDER} already.\n`);
} else {
  rmSync(FOLDER, { recursive: true, force: true });
  const lib = join(FOLDER, "lib");
  // JMeter looks into both, and complains about the one that it does not find.
  for (const folder of ["ext", "junit"]) mkdirSync(join(lib, folder), { recursive: true });
  maven("dependency:copy-dependencies", `-DoutputDirectory=${resolve(lib)}`, "-DincludeScope=runtime");
  maven(
    "dependency:unpack-dependencies",
    ...["-DincludeArtifactIds=ApacheJMeter_config", "-Dmdep.unpack.includes=bin/**"],
    `-DoutputDirectory=${resolve(FOLDER)}`,
    // Else Maven keeps its marks beside the list of packages.
    `-DmarkersDirectory=${resolve(FOLDER, "marks")}`,
  );
  for (const name of readdirSync(lib)) {
    if (name.startsWith("ApacheJMeter_")) renameSync(join(lib, name), join(lib, "ext", name));
    else if (name.startsWith("ApacheJMeter-")) renameSync(join(lib, name), join(FOLDER, "bin", "ApacheJMeter.jar"));
  }
  writeFileSync(mark, wanted);
  process.stdout.write(`JMeter is installed in ${FOLDER}.\n`);
}

/** @throws Error that says what was run, when it does not end well */
function maven(goal: string, ...settings: readonly string[]): void {
  execFileSync("mvn", ["-q", "-B", "-f", POM, goal, ...settings], { stdio: ["ignore", "inherit", "inherit"] });
}
