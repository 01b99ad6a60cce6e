import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { Product } from "./catalogue.ts";
import { type GatewayAccess, questionRequest } from "./description.ts";

/** Passes a question on with the shop's key, and the answer's stream back with its name, by which a page resumes it. */
export function askAdviser(question: string, product: Product, { url, key }: GatewayAccess, response: ServerResponse) {
  const headers = {
    "content-type": "application/json",
    authorization: `Bearer ${key}`,
    "tideover-resumable": "?1",
  };
  const asked = httpRequest(`${url}/v1/chat/completions`, { method: "POST", headers }, (answer: IncomingMessage) => {
    const { "content-type": type = "", "content-location": place } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, {
      "content-type": type,
      ...(place === undefined ? {} : { "content-location": place }),
    });
    answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  asked.on("error", () => response.destroy());
  response.on("close", () => asked.destroy());
  asked.end(JSON.stringify(questionRequest(product, question)));
}
