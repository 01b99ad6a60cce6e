import { existsSync } from "node:fs";
import { findOnnxRuntime } from "@tideover/local-model/testing";
import { isMissing } from "../harness/server-process.ts";
import { CHECKOUT } from "./pages.ts";

/** Where the Python is that has the packages of the pages' programs, with what else those packages bring to run. */
export const PYTHON_PROGRAMS = `${CHECKOUT}.tideover/python/bin`;

/** The packages themselves as they were fetched, below the checkout: for pages that install one. */
export const PYTHON_WHEELS = ".tideover/python/wheels";

const HOW = "run `npm run docs:install`";

/**
 * Whether that Python is there; where it is not, that is said loudly, and what needs it does not run.
 * @throws Error in continuous integration, where it must
 */
export function hasPython(): boolean {
  const isThere = existsSync(`${PYTHON_PROGRAMS}/../requirements.txt`) && existsSync(`${CHECKOUT}${PYTHON_WHEELS}`);
  return isThere || isMissing("Python with the packages of the pages", HOW);
}

/** The same for JMeter. */
export function hasJmeter(): boolean {
  return existsSync(`${CHECKOUT}.tideover/jmeter/jmeter.pom.xml`) || isMissing("JMeter", HOW);
}

/** The same for the npm packages that the pages install. */
export function hasNpmPackages(): boolean {
  return existsSync(`${CHECKOUT}.tideover/npm-packages/installed.json`) || isMissing("npm packages of the pages", HOW);
}

/** The same for ONNX Runtime, which `npm run local-model:install` brings. */
export function hasOnnxRuntime(): boolean {
  return findOnnxRuntime(process) !== undefined;
}
