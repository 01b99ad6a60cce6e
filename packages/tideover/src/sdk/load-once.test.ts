import { expect, test } from "vitest";
import { loadOnce } from "./load-once.ts";

test("loads at once, and once for all who ask", async () => {
  let loads = 0;
  const ask = loadOnce(() => Promise.resolve(++loads));
  expect(loads).toBe(1);
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
  expect(await ask()).toBe(1);
});

test("what failed is loaded again for the next who asks", async () => {
  let loads = 0;
  const ask = loadOnce(() => (++loads < 3 ? Promise.reject(new Error(`load ${loads}`)) : Promise.resolve(loads)));
  await expect(ask()).rejects.toThrow("load 1");
  await expect(ask()).rejects.toThrow("load 2");
  expect(await ask()).toBe(3);
});
