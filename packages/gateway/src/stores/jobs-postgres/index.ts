export type { PostgresSchema } from "./migrate.ts";
export { isPostgresAddress, readPostgresAddress } from "./postgres-address.ts";
export { PostgresJobStore } from "./postgres-job-store.ts";
export { PostgresLink } from "./postgres-link.ts";
