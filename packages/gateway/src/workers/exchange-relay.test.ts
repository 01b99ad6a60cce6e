import { newTrace } from "tideover/engine";
import type { ExchangeRecord } from "tideover/front";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { MOST_RELAYED, RELAY_MS } from "./defaults.ts";
import { ExchangeRelay } from "./exchange-relay.ts";

const record = (requestId: string): ExchangeRecord => ({
  requestId,
  method: "POST",
  stream: false,
  result: "answered",
  status: 200,
  trace: newTrace(),
  startedAt: 0,
  totalMs: 1,
  thrown: () => "what cannot leave the process",
});

test("exchanges are told together, up to a bound, as what can leave the process", async () => {
  const clock = new VirtualClock();
  const told: (readonly ExchangeRecord[])[] = [];
  const relay = new ExchangeRelay(clock, (records) => told.push(structuredClone(records)));
  for (let count = 0; count < MOST_RELAYED + 5; count++) relay.onExchange(record(`r${count}`));
  expect(told).toEqual([]);
  await clock.advance(RELAY_MS);
  expect(told.map(({ length }) => length)).toEqual([MOST_RELAYED]);
  relay.onExchange(record("later"));
  await clock.advance(RELAY_MS);
  expect(told[1]?.map(({ requestId }) => requestId)).toEqual(["later"]);
  expect(clock.pendingTimers).toBe(0);
});
