import { expect, test } from "vitest";
import { temporaryFolder } from "../../packages/gateway/src/stores/embedded/testing/temporary-folder.ts";
import { writeMonth } from "./synthetic-month.ts";

test("thirty days of ten busy routes and providers take less than 200 MB, and the overview is there in a moment", async () => {
  using folder = temporaryFolder();
  const { rows, megabytes, overviewMs, points } = await writeMonth(folder.path, 30);
  expect([rows, points]).toEqual([8_640 + 43_200 + 720, 240]);
  expect(megabytes).toBeLessThan(200);
  // A quarter of a second on a quiet machine; `npm run history-size` holds it to one.
  expect(overviewMs).toBeLessThan(5_000);
}, 120_000);
