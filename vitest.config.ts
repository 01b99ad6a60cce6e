import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["tideover-source"] },
  ssr: { resolve: { conditions: ["tideover-source"], externalConditions: ["tideover-source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "tests/**/*.test.ts", "bench/**/*.test.ts", "examples/**/*.test.ts"],
    execArgv: ["--conditions=tideover-source"],
    // Vitest leaves a core to itself, which on two is half of the machine; most of these tests wait more than they work.
    maxWorkers: "100%",
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Where nobody looks, a test with real sockets, processes and browsers gets a second chance on a machine that does
    // other things at the same time. `scripts/test.ts` names every one that needed it: it is to be mended.
    retry: process.env.CI === undefined ? 0 : 1,
  },
});
