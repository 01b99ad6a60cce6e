import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where `npm run local-model:install` puts ONNX Runtime, from the workspace's root. */
const INSTALLED = ".tideover/onnxruntime/node_modules/onnxruntime-node";

/** What of the process decides where ONNX Runtime is looked for, and who is told that it is not there. */
export interface TestProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stderr: { write(text: string): unknown };
}

/**
 * The folder of `onnxruntime-node` for tests: the one that the variable `TIDEOVER_ONNXRUNTIME` names, else where the
 * workspace's script installs it.
 * @returns undefined when it is not there, after saying so loudly: the tests that need it do not run then
 * @throws Error in CI, where those tests must run
 */
export function findOnnxRuntime({ env, stderr }: TestProcess): string | undefined {
  const named = env.TIDEOVER_ONNXRUNTIME;
  if (named !== undefined && named !== "") return named;
  const path = fileURLToPath(new URL(`../../../../${INSTALLED}`, import.meta.url));
  if (existsSync(path)) return path;
  const missing = "onnxruntime-node is not installed: run `npm run local-model:install`.";
  if (env.CI !== undefined && env.CI !== "") throw new Error(missing);
  stderr.write(`\nNOT RUN: the tests of the local model that need ONNX Runtime. ${missing}\n`);
  return undefined;
}
