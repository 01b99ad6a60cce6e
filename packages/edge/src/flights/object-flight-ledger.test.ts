import { FLIGHT_LEDGER_CONFORMANCE } from "tideover/testing";
import { describe, expect, test } from "vitest";
import { FlightsObject } from "./flights-object.ts";
import { type ObjectNamespace, objectFlightLedger } from "./object-flight-ledger.ts";

/** Objects by name, in this process. */
function objects(): ObjectNamespace {
  const known = new Map<string, FlightsObject>();
  return {
    idFromName: (name: string) => name,
    get(id: string) {
      const object = known.get(id) ?? new FlightsObject();
      known.set(id, object);
      return { fetch: (url, init) => object.fetch(new Request(url, init)) };
    },
  };
}

describe("flights in Durable Objects", () => {
  test.concurrent.each(FLIGHT_LEDGER_CONFORMANCE)("$name", async ({ run }) => {
    const namespace = objects();
    const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    await run({ ledger: objectFlightLedger(namespace), other: objectFlightLedger(namespace), wait });
  });
});

test("an object that answers with an error is a ledger that fails", async () => {
  const broken: ObjectNamespace = {
    idFromName: (name) => name,
    get: () => ({ fetch: () => Promise.resolve(new Response("overloaded", { status: 503 })) }),
  };
  await expect(objectFlightLedger(broken).join("key", 1_000)).rejects.toThrow("answered 503");
});

test("an object that comes after another gives greater tokens", async () => {
  const first = await objectFlightLedger(objects()).join("key", 1_000);
  await new Promise((resolve) => setTimeout(resolve, 2));
  const second = await objectFlightLedger(objects()).join("key", 1_000);
  if (first.role !== "leader" || second.role !== "leader") throw new Error("Each leads its own flight.");
  expect(second.token).toBeGreaterThan(first.token);
  expect(Number.isSafeInteger(second.token)).toBe(true);
});
