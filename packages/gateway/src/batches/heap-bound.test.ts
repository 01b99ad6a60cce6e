import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

/** Makes many short-lived objects in a thread of its own and gives the nursery's largest size, in MiB. */
function largestNursery(held: boolean): Promise<number> {
  const address = new URL("./heap-bound.ts", import.meta.url).href;
  const program = `
    import { getHeapSpaceStatistics } from "node:v8";
    import { parentPort } from "node:worker_threads";
    import { HeapBound } from ${JSON.stringify(address)};
    const bound = new HeapBound();
    let most = 0;
    for (let round = 0; round < 30; round++) {
      if (${held}) bound.hold();
      let kept = [];
      for (let made = 0; made < 60_000; made++) kept.push({ made, text: "x" + made, list: [made] });
      const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
      most = Math.max(most, space_size);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    bound.release();
    parentPort.postMessage(most / 2 ** 20);
  `;
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

test("V8's nursery grows under load, and no further than is enough while it is held", async () => {
  // It is looked at every 20 ms only, and doubles meanwhile: twice what is enough is what it may come to, and some.
  const held = await largestNursery(true);
  expect(held).toBeLessThanOrEqual(48);
  expect(await largestNursery(false)).toBeGreaterThan(held);
}, 30_000);
