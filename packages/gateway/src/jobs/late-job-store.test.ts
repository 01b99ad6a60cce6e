import { MemoryJobStore } from "tideover/jobs";
import { expect, test } from "vitest";
import { lateJobStore } from "./late-job-store.ts";

test("the store is opened by its first use, once, and closed only then", async () => {
  let opens = 0;
  const unused = lateJobStore(() => Promise.reject(new Error("nobody asked for it")));
  await unused.close();
  const late = lateJobStore(async () => {
    opens++;
    return new MemoryJobStore();
  });
  expect(opens).toBe(0);
  const [count, missing] = await Promise.all([late.store.counts(), late.store.find("job_1", "shop")]);
  await late.opened;
  expect([opens, count.queued, missing]).toEqual([1, 0, undefined]);
  await late.close();
});

test("what cannot be opened is tried again by the next use", async () => {
  let fails = true;
  const late = lateJobStore(() => (fails ? Promise.reject(new Error("taken")) : Promise.resolve(new MemoryJobStore())));
  await expect(late.store.counts()).rejects.toThrow("taken");
  fails = false;
  expect((await late.store.counts()).queued).toBe(0);
});
