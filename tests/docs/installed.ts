import { existsSync } from "node:fs";
import { isMissing } from "../harness/server-process.ts";
import { CHECKOUT } from "./pages.ts";

/** Where the Python is that has the packages of the pages' programs, with what else those packages bring to run. */
export const PYTHON_PROGRAMS = `${CHECKOUT}.tideover/python/bin`;

const HOW = "run `npm run docs:install`";

/**
 * Whether that Python is there; where it is not, that is said loudly, and what needs it does not run.
 * @throws Error in continuous integration, where it must
 */
export function hasPython(): boolean {
  return (
    existsSync(`${PYTHON_PROGRAMS}/../requirements.txt`) || isMissing("Python with the packages of the pages", HOW)
  );
}

/** The same for JMeter. */
export function hasJmeter(): boolean {
  return existsSync(`${CHECKOUT}.tideover/jmeter/jmeter.pom.xml`) || isMissing("JMeter", HOW);
}
