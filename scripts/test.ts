/**
 * Runs the whole suite and closes with one plain line: `N passed, N failed`, with `, N skipped` where some were.
 * Further arguments go to vitest as they are: `npm test -- packages/tideover`.
 */
import { createVitest, parseCLI } from "vitest/node";

const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
const vitest = await createVitest("test", { ...options, watch: false });
await vitest.start(filter);

const secondChances: string[] = [];
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const module of vitest.state.getTestModules()) {
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state !== "pending") counts[state]++;
    if (state === "passed" && test.diagnostic()?.flaky === true) {
      secondChances.push(`${module.relativeModuleId} > ${test.fullName}`);
    }
  }
  // A file that cannot be loaded has no tests of its own, and must not pass for that.
  if (module.state() === "failed" && module.errors().length > 0) counts.failed++;
}
const unhandled = vitest.state.getUnhandledErrors().length;
await vitest.close();

for (const name of secondChances) process.stdout.write(`Passed only when it was run again, so mend it: ${name}\n`);
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
process.stdout.write(`${counts.passed} passed, ${counts.failed + unhandled} failed${skipped}\n`);
process.exit(counts.failed + unhandled > 0 || counts.passed === 0 ? 1 : 0);
