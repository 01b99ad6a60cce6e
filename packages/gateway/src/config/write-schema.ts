// Writes the published JSON Schema; run it after a change of the settings:
//   node --conditions=tideover-source packages/gateway/src/config/write-schema.ts
import { mkdir, writeFile } from "node:fs/promises";
import { publishedSchema, SCHEMA_FILE } from "./published-schema.ts";

await mkdir(new URL(".", SCHEMA_FILE), { recursive: true });
await writeFile(SCHEMA_FILE, publishedSchema());
