import { expect, test } from "vitest";
import { gatewayAddress } from "./gateway-address.ts";
import { followTide } from "./status/follow-tide.ts";

test.each([
  [undefined, ""],
  ["https://ai.example.com/", "https://ai.example.com"],
  ["http://127.0.0.1:8787", "http://127.0.0.1:8787"],
  [new URL("https://ai.example.com/below/"), "https://ai.example.com/below"],
  ["/ai/", "/ai"],
  ["/", ""],
])("%j is a gateway", (given, address) => {
  expect(gatewayAddress(given)).toBe(address);
});

test.each(["ai.example.com", "//ai.example.com", "", "https://", "ftp://ai.example.com", "localhost:8787", "ai"])(
  "%j is none, and that is said at once",
  (given) => {
    expect(() => gatewayAddress(given)).toThrow(
      `A gateway is an address such as https://ai.example.com, or a path of the page's own origin such as /ai; not ${JSON.stringify(given)}.`,
    );
    expect(() => followTide({ gateway: given })).toThrow(TypeError);
  },
);
