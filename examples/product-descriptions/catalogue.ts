import { DatabaseSync } from "node:sqlite";
import { type Details, FIRST_PRODUCTS, type FirstProduct, LANGUAGES, type Language } from "./products.ts";

/** A product of the shop, in one of its languages. */
export interface Product extends Details {
  readonly id: number;
  readonly language: Language;
  /** Asked for often: its description is generated ahead. */
  readonly frequent: boolean;
  /** The signed link to the description that was ordered when the product was added, where one was. */
  readonly ticket?: string;
}

/** The shop's products, in SQLite. */
export class Catalogue implements Disposable {
  readonly #database: DatabaseSync;

  /** @param path of the file; `:memory:` for one that ends with the process. A new one gets the first products. */
  constructor(path = ":memory:") {
    this.#database = new DatabaseSync(path);
    this.#database.exec(`
      CREATE TABLE IF NOT EXISTS products (id INTEGER PRIMARY KEY, frequent INTEGER NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS details (
        product INTEGER NOT NULL REFERENCES products (id), language TEXT NOT NULL,
        name TEXT NOT NULL, category TEXT NOT NULL, features TEXT NOT NULL, ticket TEXT,
        PRIMARY KEY (product, language)
      ) STRICT, WITHOUT ROWID;
    `);
    if (this.all("en").length === 0) for (const product of FIRST_PRODUCTS) this.#insert(product);
  }

  /** All products, the oldest first. */
  all(language: Language): readonly Product[] {
    return this.#select("ORDER BY id", language);
  }

  find(id: number, language: Language): Product | undefined {
    return this.#select("AND id = ?", language, id)[0];
  }

  /** Other products: those of the same category first, then those that follow. */
  besides({ id, category, language }: Product, most: number): readonly Product[] {
    return this.#select("AND id <> ? ORDER BY category = ? DESC, id < ?, id LIMIT ?", language, id, category, id, most);
  }

  /** Adds a product as somebody wrote it: in every language the same words, until they are translated. */
  add(details: Details, language: Language): Product {
    const id = this.#insert({ en: details, zh: details, frequent: false });
    return { ...details, id, language, frequent: false };
  }

  /** Remembers where the description of a product will be. */
  setTicket({ id, language }: Product, ticket: string): void {
    this.#database
      .prepare("UPDATE details SET ticket = ? WHERE product = ? AND language = ?")
      .run(ticket, id, language);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #select(rest: string, language: Language, ...values: (number | string)[]): readonly Product[] {
    return this.#database
      .prepare(`SELECT * FROM products JOIN details ON product = id WHERE language = ? ${rest}`)
      .all(language, ...values)
      .map((row) => productOf(row, language));
  }

  #insert(product: FirstProduct): number {
    const { lastInsertRowid } = this.#database
      .prepare("INSERT INTO products (frequent) VALUES (?)")
      .run(product.frequent ? 1 : 0);
    const insert = this.#database.prepare(
      "INSERT INTO details (product, language, name, category, features) VALUES (?, ?, ?, ?, ?)",
    );
    for (const language of LANGUAGES) {
      const { name, category, features } = product[language];
      insert.run(lastInsertRowid, language, name, category, features);
    }
    return Number(lastInsertRowid);
  }
}

function productOf(row: Record<string, unknown>, language: Language): Product {
  const { id, name, category, features, frequent, ticket } = row;
  return {
    id: Number(id),
    language,
    name: String(name),
    category: String(category),
    features: String(features),
    frequent: frequent === 1,
    ...(typeof ticket === "string" ? { ticket } : {}),
  };
}
