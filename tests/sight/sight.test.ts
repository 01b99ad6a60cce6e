import { expect, test } from "vitest";
import { runExchanges } from "./exchanges.ts";

test("after 600 requests with faults all ends have counted the same", { timeout: 120_000 }, async () => {
  const agreements = await runExchanges({ requests: 600, seed: 7, atOnce: 16 });
  expect(agreements.filter(({ here, there }) => here !== there)).toEqual([]);
  // The run must have been worth counting.
  const of = (what: string) => agreements.find((agreement) => agreement.what === what)?.here ?? 0;
  expect(of("first: requests")).toBeGreaterThan(400);
  expect(of("answers by cache")).toBeGreaterThan(10);
  expect(of("answers by alternate")).toBeGreaterThan(10);
  expect(of("callers that left")).toBeGreaterThan(5);
  expect(of("errors unknown_model")).toBeGreaterThan(0);
  expect(of("first: continuations") + of("second: continuations")).toBeGreaterThan(5);
});
