import { defineConfig } from "vitest/config";

/** The tests that mutants must fail, separated by commas; set by run.ts. Without it, all of the engine's. */
const include = (process.env.MUTATION_TESTS ?? "packages/tideover/src/engine/**/*.test.ts").split(",");

export default defineConfig({ test: { include, testTimeout: 20_000 } });
