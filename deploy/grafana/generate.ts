/** Writes the dashboards beside this file: `npm run grafana`. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DASHBOARDS } from "./dashboards.ts";

for (const [file, dashboard] of Object.entries(DASHBOARDS)) {
  writeFileSync(fileURLToPath(new URL(file, import.meta.url)), `${JSON.stringify(dashboard, null, 2)}\n`);
}
