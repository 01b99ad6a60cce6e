import { readFileSync } from "node:fs";

/** The version of this package; the file lies at the same place above the sources and above what is built. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }
).version;
