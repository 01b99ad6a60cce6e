import { ask, chat } from "../harness/ask.ts";
import { FAST, stage } from "../harness/stage.ts";
import { type Check, exactly, isSo, type Measurement, ms, pause } from "./measurement.ts";

const CONSECUTIVE = 5;
const OPEN_MS = 1_000;
/** How late the first answer of a recovered provider may be, in ms: one round of asking, and the answer. */
const SLACK_MS = 300;
const ASK_EVERY_MS = 10;

/** The breaker opens, keeps traffic away, and lets it back when its time is over. */
export const breakerRecovery: Check = {
  name: "circuit breaker, opening for 1 s",
  async measure() {
    let down = true;
    await using on = await stage({
      upstreams: { only: { ...FAST, faultFor: () => (down ? "503" : undefined) } },
      providers: { only: { breaker: { consecutive: CONSECUTIVE, open: `${OPEN_MS}ms` } } },
      routes: [{ model: "*", retry: "off", ladder: ["only", { template: { text: "Busy." } }] }],
    });
    const asked = () => on.upstreams.only?.model.counters.requests ?? 0;
    const rungOf = async () => (await ask(on.url, chat("sim-chat"))).headers.get("tideover-rung");
    const found: Measurement[] = [];

    for (let time = 0; time < CONSECUTIVE; time++) await rungOf();
    const openedAt = performance.now();
    found.push(exactly(`calls until it opens (${CONSECUTIVE} faults in a row)`, asked(), CONSECUTIVE));

    const rungs = new Set<string | null>();
    while (performance.now() - openedAt < OPEN_MS * 0.8) {
      rungs.add(await rungOf());
      await pause(ASK_EVERY_MS);
    }
    found.push(exactly("calls let through while open", asked() - CONSECUTIVE, 0));
    found.push(isSo("the template answers meanwhile", [...rungs].join() === "template", [...rungs].join()));

    down = false;
    let recoveredAt = Number.POSITIVE_INFINITY;
    while (performance.now() - openedAt < OPEN_MS * 3 && recoveredAt === Number.POSITIVE_INFINITY) {
      if ((await rungOf()) === "live") recoveredAt = performance.now();
      else await pause(ASK_EVERY_MS);
    }
    const afterMs = recoveredAt - openedAt;
    found.push({
      point: "first live answer after it opened",
      measured: ms(afterMs),
      bound: `${OPEN_MS} to ${OPEN_MS + SLACK_MS} ms`,
      holds: afterMs >= OPEN_MS - 1 && afterMs <= OPEN_MS + SLACK_MS,
    });
    const after: (string | null)[] = [];
    for (let time = 0; time < 20; time++) after.push(await rungOf());
    found.push(exactly("of the next 20 calls answered live", after.filter((rung) => rung === "live").length, 20));
    found.push(...(await staysDown(rungOf, asked, () => (down = true))));
    return found;
  },
};

/** A provider that stays down gets one probe for each time that the breaker was open: after 1 s, and 2 s more. */
async function staysDown(
  rungOf: () => Promise<string | null>,
  asked: () => number,
  goDown: () => void,
): Promise<Measurement[]> {
  goDown();
  const before = asked();
  for (let time = 0; time < CONSECUTIVE; time++) await rungOf();
  const openedAt = performance.now();
  while (performance.now() - openedAt < OPEN_MS * 3.5) {
    await rungOf();
    await pause(ASK_EVERY_MS);
  }
  return [exactly("probes to a dead provider in 3.5 s", asked() - before - CONSECUTIVE, 2)];
}
