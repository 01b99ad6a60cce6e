export { type DatabaseDefinition, DataDir } from "./data-dir.ts";
export type { EmbeddedDatabase } from "./embedded-database.ts";
export type { Migration } from "./migrate.ts";
export type { SqlRow, SqlValue, Statement } from "./sql.ts";
