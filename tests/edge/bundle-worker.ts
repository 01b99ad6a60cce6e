import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** The Worker of these tests as one module, as a Worker's own build would make it. */
export async function bundleWorker(): Promise<string> {
  const bundle = await rolldown({
    input: fileURLToPath(new URL("worker.ts", import.meta.url)),
    // No module of Node is there: what needs one cannot be bundled.
    platform: "browser",
    resolve: { conditionNames: ["tideover-source", "workerd", "import", "default"] },
    onLog(_level, log) {
      throw new Error(`The Worker cannot be bundled: ${log.message}`);
    },
  });
  try {
    const { output } = await bundle.generate({ format: "esm", codeSplitting: false });
    const [entry] = output;
    return entry.code;
  } finally {
    await bundle.close();
  }
}
