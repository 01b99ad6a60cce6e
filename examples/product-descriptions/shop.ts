import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { askAdviser } from "./ask-adviser.ts";
import type { Catalogue, Product } from "./catalogue.ts";
import { describe, type GatewayAccess, orderDescription } from "./description.ts";
import { WORDS } from "./page/words.ts";
import { loadPageFiles, messagePage, type PageFiles, productPage, productsPage } from "./pages.ts";
import type { Details, Language } from "./products.ts";

/** Longest body of a request, in bytes. */
const MOST_BYTES = 8_192;
/** Longest name, category or list of features, in characters. */
const MOST_CHARACTERS = 200;
/** Other products on a product's page. */
const MOST_SUGGESTIONS = 3;

/** The shop's server. */
export interface Shop extends AsyncDisposable {
  readonly url: string;
}

/** What the shop needs. */
export interface ShopOptions {
  readonly catalogue: Catalogue;
  /** The gateway, with the shop's key, which stays here. Pages are told its address alone. */
  readonly gateway: GatewayAccess;
  /** Default 0: any free one. */
  readonly port?: number;
}

/** Starts the shop: a page for each product, its description as JSON, and a form for new ones. */
export async function startShop({ catalogue, gateway, port = 0 }: ShopOptions): Promise<Shop> {
  const visitors = new Counter({ catalogue, gateway, files: await loadPageFiles() });
  const server = createServer((request, response) => {
    visitors.serve(request, response).catch((error: unknown) => {
      // A visitor who left needs no answer any more.
      if (response.headersSent || response.destroyed) response.destroy();
      else send(response, 503, "text/plain", error instanceof Error ? error.message : String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Where visitors are served. */
class Counter {
  readonly #catalogue: Catalogue;
  readonly #gateway: GatewayAccess;
  readonly #files: PageFiles;

  constructor({ catalogue, gateway, files }: Pick<ShopOptions, "catalogue" | "gateway"> & { files: PageFiles }) {
    this.#catalogue = catalogue;
    this.#gateway = gateway;
    this.#files = files;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://shop");
    if (pathname === "/") return redirect(response, "/en");
    if (pathname === "/page.js") return send(response, 200, "text/javascript", this.#files.script);
    if (pathname === "/favicon.ico") return send(response, 204, "image/x-icon", "");
    if (pathname === "/shop.css") return send(response, 200, "text/css", this.#files.style);
    const found = /^(\/api)?\/(en|zh)(?:\/products(?:\/(\d{1,9})(\/ask)?)?)?$/.exec(pathname) ?? [];
    const [, json, name, id, question] = found;
    const language: Language = name === "zh" ? "zh" : "en";
    if (name === undefined) return this.#say(response, 404, "noSuchPage", language);
    if (id === undefined && request.method === "POST") return this.#add(request, response, language);
    if (id === undefined)
      return this.#page(response, productsPage(this.#files, this.#catalogue.all(language), language));
    const product = this.#catalogue.find(Number(id), language);
    if (product === undefined) return this.#say(response, 404, "noSuchPage", language);
    if (question !== undefined) {
      if (request.method !== "POST") return send(response, 405, "text/plain", "POST a question.");
      return askAdviser(await textOf(request), product, this.#gateway, response);
    }
    if (json === undefined) {
      const suggestions = this.#catalogue.besides(product, MOST_SUGGESTIONS);
      return this.#page(response, productPage(this.#files, product, { gateway: this.#gateway.url, suggestions }));
    }
    const description = await describe(product, this.#gateway);
    send(response, 200, "application/json", JSON.stringify(description));
  }

  /** A new product: its description goes through the queue, and whoever added it goes to its page. */
  async #add(request: IncomingMessage, response: ServerResponse, language: Language): Promise<void> {
    const details = detailsIn(new URLSearchParams(await textOf(request)));
    if (details === undefined) return this.#say(response, 400, "incomplete", language);
    const product = this.#catalogue.add(details, language);
    await this.#order(product);
    redirect(response, `/${language}/products/${product.id}`);
  }

  async #order(product: Product): Promise<void> {
    // The product is there with or without: its page asks for a text anyway.
    const ticket = await orderDescription(product, this.#gateway).catch(() => undefined);
    if (ticket !== undefined) this.#catalogue.setTicket(product, ticket);
  }

  #say(response: ServerResponse, status: number, what: "noSuchPage" | "incomplete", language: Language): void {
    this.#page(response, messagePage(this.#files, WORDS[language][what], language), status);
  }

  #page(response: ServerResponse, page: string, status = 200): void {
    const { origin } = new URL(this.#gateway.url);
    const policy = `default-src 'self'; connect-src 'self' ${origin}; frame-ancestors 'none'; base-uri 'none'`;
    response.setHeader("content-security-policy", policy);
    send(response, status, "text/html; charset=utf-8", page);
  }
}

/** @returns undefined where something is missing or too long */
function detailsIn(form: URLSearchParams): Details | undefined {
  const [name = "", category = "", features = ""] = ["name", "category", "features"].map((field) =>
    (form.get(field) ?? "").trim(),
  );
  const isWhole = [name, category, features].every((text) => text !== "" && text.length <= MOST_CHARACTERS);
  return isWhole ? { name, category, features } : undefined;
}

/** @throws Error for a body that is too long */
async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MOST_BYTES) throw new Error(`At most ${MOST_BYTES} bytes are read.`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function redirect(response: ServerResponse, place: string): void {
  response.writeHead(303, { location: place }).end();
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type }).end(body);
}
