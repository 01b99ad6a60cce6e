/** Compiles every package to `dist/`, in the order of their dependencies, for publishing. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { bundleGateway } from "./bundle-gateway.ts";

/** A package comes after those it imports: their declarations must be there. */
const PACKAGES = ["tideover", "simulator", "local-model", "gateway"];

for (const name of PACKAGES) {
  rmSync(`packages/${name}/dist`, { recursive: true, force: true });
  execFileSync("tsc", ["-p", `packages/${name}/tsconfig.build.json`], { stdio: "inherit" });
}

await bundleGateway();
