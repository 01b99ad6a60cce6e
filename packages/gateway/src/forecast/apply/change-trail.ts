import type { AppliedChange } from "../../admin/forecast-types.ts";
import type { DatabaseDefinition, EmbeddedDatabase } from "../../stores/embedded/index.ts";

/** Changes that are remembered; the oldest go first. */
const MOST_CHANGES = 1_000;

/** Who changed what: not lost in a power cut. */
export const CHANGES_DATABASE: DatabaseDefinition = {
  name: "changes",
  migrations: ["CREATE TABLE changes (seq INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL)"],
  durability: "durable",
};

/** The trail of changes of the configuration that were made with one click, or by the command. */
export class ChangeTrail {
  readonly #database: EmbeddedDatabase;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
  }

  /** Writes a line; resolves when it is on disk. @throws StoreError */
  async add(change: AppliedChange): Promise<void> {
    await this.#database.writeTogether([
      { sql: "INSERT INTO changes (entry) VALUES (?)", params: [JSON.stringify(change)] },
      { sql: "DELETE FROM changes WHERE seq <= (SELECT max(seq) FROM changes) - ?", params: [MOST_CHANGES] },
    ]);
  }

  /** The newest first. */
  list(limit: number): readonly AppliedChange[] {
    return this.#database
      .readAll("SELECT entry FROM changes ORDER BY seq DESC LIMIT ?", [limit])
      .map(({ entry }) => JSON.parse(String(entry)));
  }
}
