/**
 * Checks on real sockets what is promised in times of the wall clock, and prints each promise with what was measured.
 * Needs nothing but, for the cache's checks, an installed redis-server, and leaves nothing. Exit code 1 when a promise does not hold. Names of checks may be given, to run
 * only those whose name contains one.
 */
import { memoryBound } from "../cache/memory-bound.ts";
import { outage } from "../cache/outage.ts";
import { redisTrouble } from "../cache/redis-trouble.ts";
import { stampede } from "../cache/stampede.ts";
import { abortedStreams } from "./aborted-streams.ts";
import { breakerRecovery } from "./breaker-recovery.ts";
import { clientHangUp } from "./client-hang-up.ts";
import { drain } from "./drain.ts";
import { faultsBeforeFirstToken } from "./faults-before-first-token.ts";
import { firstTokenTimer } from "./first-token-timer.ts";
import type { Check, Measurement } from "./measurement.ts";

const CHECKS: readonly Check[] = [
  firstTokenTimer,
  clientHangUp,
  faultsBeforeFirstToken,
  breakerRecovery,
  drain,
  abortedStreams,
  stampede,
  outage,
  redisTrouble,
  memoryBound,
];

const wanted = process.argv.slice(2);
const chosen = CHECKS.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
if (chosen.length === 0) {
  process.stderr.write(`No check is called so. There are: ${CHECKS.map(({ name }) => name).join("; ")}\n`);
}
let held = 0;
let broken = 0;
for (const check of chosen) {
  process.stdout.write(`\n${check.name}\n`);
  const found = await measured(check);
  const width = Math.max(...found.map(({ point }) => point.length));
  const measuredWidth = Math.max(...found.map(({ measured }) => measured.length));
  for (const { point, measured, bound, holds } of found) {
    if (holds) held++;
    else broken++;
    process.stdout.write(
      `  ${holds ? "ok  " : "FAIL"}  ${point.padEnd(width)}  ${measured.padEnd(measuredWidth)}  ${bound}\n`,
    );
  }
}
process.stdout.write(`\n${held} held, ${broken} failed\n`);
process.exitCode = broken === 0 && held > 0 ? 0 : 1;

async function measured(check: Check): Promise<readonly Measurement[]> {
  try {
    return await check.measure();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
    const message = `${error instanceof Error ? error.message : String(error)}${cause}`;
    return [{ point: "the check itself", measured: message, bound: "runs", holds: false }];
  }
}
