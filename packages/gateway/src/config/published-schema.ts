import { jsonSchema } from "tideover/config";

/** Where the published JSON Schema of `tideover.yaml` lies, from this file. */
export const SCHEMA_FILE = new URL("../../schema/tideover.schema.json", import.meta.url);

/** The text of the published JSON Schema. */
export function publishedSchema(): string {
  return `${JSON.stringify(jsonSchema(), undefined, 2)}\n`;
}
