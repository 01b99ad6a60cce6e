import { seededRandom } from "tideover/engine";
import { chat } from "../harness/ask.ts";
import { FAST, type Stage, stage } from "../harness/stage.ts";
import { type Check, pause, timeUntil, withinMs } from "./measurement.ts";
import { openStream } from "./open-stream.ts";

const TIMES = 100;
const BOUND_MS = 100;
/** How long is waited for a hang-up that does not arrive, in ms. */
const GIVE_UP_MS = 2_000;
/** Longest time between the first content, or the request, and the hang-up, in ms. */
const LATEST_MS = 60;

/** A client's leaving reaches the provider at once. */
export const clientHangUp: Check = {
  name: "client hang-up reaches the provider",
  async measure() {
    await using on = await stage({
      upstreams: { only: { ...FAST, pacing: { tokensPerSecond: 100, ttftMs: 5 } } },
      routes: [{ model: "*", ladder: ["only"] }],
    });
    return [
      withinMs(`mid-stream, ${TIMES} times`, await hangUps(on, "sim-chat", true), BOUND_MS),
      withinMs(`before the first token, ${TIMES} times`, await hangUps(on, "fault-keep-alive-only", false), BOUND_MS),
      withinMs(`before any header, ${TIMES} times`, await hangUps(on, "fault-silence", false), BOUND_MS),
    ];
  },
};

/** From the hang-up to the end of the provider's request, in ms, once for each time. */
async function hangUps(on: Stage, model: string, afterContent: boolean): Promise<number[]> {
  const random = seededRandom(1);
  const provider = on.upstreams.only?.model;
  if (provider === undefined) throw new Error("The stage has no provider.");
  const times: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    const stream = openStream(on.url, chat(model, { metadata: { sim_output_tokens: 1_000 } }));
    if (afterContent) await stream.firstContent;
    else await timeUntil(() => provider.counters.inFlight === 1, GIVE_UP_MS);
    await pause(random.next() * LATEST_MS);
    if (provider.counters.inFlight !== 1) throw new Error("The provider's request ended before the client hung up.");
    stream.hangUp();
    times.push(await timeUntil(() => provider.counters.inFlight === 0, GIVE_UP_MS));
    await stream.end;
  }
  return times;
}
