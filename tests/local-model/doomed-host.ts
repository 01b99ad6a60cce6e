/**
 * A program with a loaded local model, to be killed: prints the process identifier of the model once it is loaded. Usage:
 * `doomed-host.ts FOLDER RUNTIME`.
 */
import type { ChildProcess } from "node:child_process";
import { createLocalModel, startWorker } from "@tideover/local-model";
import { platformClock } from "tideover/runtime";

const [folder = "", onnxRuntimePath] = process.argv.slice(2);
let worker: ChildProcess | undefined;
const model = createLocalModel({
  folder,
  dtype: "fp32",
  device: "cpu",
  threads: 1,
  contextTokens: 512,
  onnxRuntimePath,
  clock: platformClock,
  startWorker: (file) => {
    worker = startWorker(file);
    return worker;
  },
});
await model.warm();
process.stdout.write(`${worker?.pid}\n`);
// What keeps a gateway alive.
setInterval(() => undefined, 60_000);
