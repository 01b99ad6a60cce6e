/**
 * A thread that speaks as the local model's does: it begins an answer and never ends it. It stands in where a thread has to
 * die: ONNX Runtime's own ends the whole process when it is terminated in the middle of a run.
 */
import { parentPort } from "node:worker_threads";

parentPort?.postMessage({ type: "loaded", facts: { device: "cpu", contextTokens: 4_096, loadMs: 1 } });
parentPort?.on("message", (message: { readonly type: string; readonly id: number }) => {
  if (message.type === "close") parentPort?.close();
  if (message.type !== "generate") return;
  parentPort?.postMessage({ type: "accepted", id: message.id, promptTokens: 3 });
  parentPort?.postMessage({ type: "piece", id: message.id, piece: { kind: "content", text: "A beginning" } });
});
