import { readFileSync } from "node:fs";
import { rolldown } from "rolldown";
import type { Product } from "./catalogue.ts";
import { WORDS } from "./page/words.ts";
import { LANGUAGES, type Language } from "./products.ts";

/** What the shop gives out to everybody alike. */
export interface PageFiles {
  /** The script of a product's page, with the browser kit. */
  readonly script: string;
  readonly style: string;
  readonly product: string;
  readonly products: string;
  readonly message: string;
}

/** Reads the page's files and bundles its script. */
export async function loadPageFiles(): Promise<PageFiles> {
  const read = (name: string) => readFileSync(new URL(`page/${name}`, import.meta.url), "utf8");
  const bundle = await rolldown({
    input: new URL("page/product-page.ts", import.meta.url).pathname,
    resolve: { conditionNames: ["tideover-source", "browser", "import", "default"] },
    platform: "browser",
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  await bundle.close();
  return {
    script: output[0].code,
    style: read("shop.css"),
    product: read("product.html"),
    products: read("products.html"),
    message: read("message.html"),
  };
}

/** What a product's page is made from beside its product. */
export interface ProductPageParts {
  /** The gateway's public address, where the page follows status and tickets. */
  readonly gateway: string;
  /** Products that go well with it. */
  readonly suggestions: readonly Product[];
}

/** The page of a product. */
export function productPage({ product: page }: PageFiles, product: Product, parts: ProductPageParts): string {
  const { id, language, name, category, features, ticket = "" } = product;
  const { gateway, suggestions } = parts;
  const made = filled(page, language, { id: String(id), name, category, features, ticket, gateway });
  return made.replace("{{suggestionsList}}", () => listed(suggestions).join(""));
}

/** The page of all products. */
export function productsPage({ products: page }: PageFiles, products: readonly Product[], language: Language): string {
  return filled(page, language, {}).replace("{{products}}", () => listed(products).join("\n      "));
}

/** A page that says one thing, and leads back. */
export function messagePage({ message: page }: PageFiles, message: string, language: Language): string {
  return filled(page, language, { message });
}

function listed(products: readonly Product[]): readonly string[] {
  return products.map(
    ({ id, name, category, language }) =>
      `<li><a href="/${language}/products/${id}">${escaped(name)}</a> <small>${escaped(category)}</small></li>`,
  );
}

/** Puts values and words in the places that are named after them; other places stay. */
function filled(page: string, language: Language, values: Readonly<Record<string, string>>): string {
  const other = LANGUAGES.find((known) => known !== language) ?? language;
  const all: Readonly<Record<string, unknown>> = { ...WORDS[language], ...values, language, other };
  return page.replace('lang="en"', `lang="${language}"`).replace(/\{\{(\w+)\}\}/g, (place, name: string) => {
    const value = all[name];
    return typeof value === "string" ? escaped(value) : place;
  });
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
