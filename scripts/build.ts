/** Compiles every package to `dist/`, in the order of their dependencies, and builds the dashboard, for publishing. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { buildDashboard } from "../packages/gateway/src/dashboard/build-dashboard.ts";
import { bundleGateway } from "./bundle-gateway.ts";

/** A package comes after those it imports: their declarations must be there. */
const PACKAGES = ["tideover", "simulator", "local-model", "browser", "edge", "gateway"];

for (const name of PACKAGES) {
  rmSync(`packages/${name}/dist`, { recursive: true, force: true });
  execFileSync("tsc", ["-p", `packages/${name}/tsconfig.build.json`], { stdio: "inherit" });
}

await bundleGateway();
await buildDashboard(resolve("packages/dashboard"), resolve("packages/gateway/dist-dashboard"));
