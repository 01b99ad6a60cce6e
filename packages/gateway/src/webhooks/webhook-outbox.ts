import type { DataDir, EmbeddedDatabase, SqlRow } from "../stores/embedded/index.ts";
import { MOST_WAITING_EACH } from "./defaults.ts";

/** One message for one receiver. */
export interface OutboxMessage {
  /** The same however often it is added: a message is kept once. */
  readonly id: string;
  /** Which receiver, by {@link receiverKey}. */
  readonly receiver: string;
  readonly type: string;
  /** JSON text. */
  readonly body: string;
}

/** A message whose time has come. */
export interface DueMessage extends OutboxMessage {
  /** How often it was tried. */
  readonly attempts: number;
}

const SCHEMA = `
CREATE TABLE messages (
  id TEXT PRIMARY KEY,
  receiver TEXT NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX messages_due ON messages (next_at);
CREATE INDEX messages_of ON messages (receiver, next_at);
CREATE TABLE gone_receivers (receiver TEXT PRIMARY KEY, gone_at INTEGER NOT NULL) WITHOUT ROWID;
`;

/** Messages on their way to receivers, kept until they are delivered or given up. */
export class WebhookOutbox {
  readonly #database: EmbeddedDatabase;

  /** @throws StoreError as `DataDir.database` does. */
  constructor(dataDir: DataDir) {
    this.#database = dataDir.database({ name: "webhooks", migrations: [SCHEMA], durability: "durable" });
  }

  /** Keeps messages; those that are there already, and those for receivers that are gone, are left out. */
  async add(messages: readonly OutboxMessage[], now: number): Promise<void> {
    const sql = `INSERT OR IGNORE INTO messages (id, receiver, type, body, next_at) SELECT ?, ?, ?, ?, ?
      WHERE NOT EXISTS (SELECT 1 FROM gone_receivers WHERE receiver = ?)`;
    const receivers = new Set(messages.map(({ receiver }) => receiver));
    await this.#database.writeTogether([
      ...messages.map(({ id, receiver, type, body }) => ({ sql, params: [id, receiver, type, body, now, receiver] })),
      ...[...receivers].map((receiver) => ({
        sql: `DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE receiver = ?
          ORDER BY next_at DESC LIMIT -1 OFFSET ?)`,
        params: [receiver, MOST_WAITING_EACH],
      })),
    ]);
  }

  /** Messages of a receiver whose time has come, the longest due first. */
  due(receiver: string, now: number, limit: number): DueMessage[] {
    const sql = `SELECT id, receiver, type, body, attempts FROM messages WHERE receiver = ? AND next_at <= ?
      ORDER BY next_at LIMIT ?`;
    return this.#database.readAll(sql, [receiver, now, limit]).map(messageFrom);
  }

  /** It was delivered, or is given up. */
  async remove(id: string): Promise<void> {
    await this.#database.write("DELETE FROM messages WHERE id = ?", [id]);
  }

  /** It is to be tried again. */
  async postpone(id: string, nextAt: number): Promise<void> {
    await this.#database.write("UPDATE messages SET attempts = attempts + 1, next_at = ? WHERE id = ?", [nextAt, id]);
  }

  /** The receiver wants no more: its messages go, and none is kept for it any more. */
  async disable(receiver: string, now: number): Promise<void> {
    await this.#database.writeTogether([
      { sql: "INSERT OR IGNORE INTO gone_receivers VALUES (?, ?)", params: [receiver, now] },
      { sql: "DELETE FROM messages WHERE receiver = ?", params: [receiver] },
    ]);
  }

  isDisabled(receiver: string): boolean {
    return this.#database.readOne("SELECT 1 FROM gone_receivers WHERE receiver = ?", [receiver]) !== undefined;
  }

  /** Messages that wait. */
  waiting(): number {
    return Number(this.#database.readOne("SELECT count(*) AS messages FROM messages")?.messages ?? 0);
  }
}

function messageFrom({ id, receiver, type, body, attempts }: SqlRow): DueMessage {
  return {
    id: String(id),
    receiver: String(receiver),
    type: String(type),
    body: String(body),
    attempts: Number(attempts),
  };
}
