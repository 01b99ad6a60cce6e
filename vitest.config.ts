import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["tideover-source"] },
  ssr: { resolve: { conditions: ["tideover-source"], externalConditions: ["tideover-source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "tests/**/*.test.ts", "bench/**/*.test.ts", "examples/**/*.test.ts"],
    execArgv: ["--conditions=tideover-source"],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
