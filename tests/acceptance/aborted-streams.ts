import { startUpstreamServer } from "@tideover/simulator";
import { seededRandom } from "tideover/engine";
import { chat } from "../harness/ask.ts";
import { startCountedGateway } from "./counted-gateway.ts";
import { ListenerCount } from "./listener-count.ts";
import { type Check, exactly, isSo, pause, timeUntil, withinMs } from "./measurement.ts";
import { type OpenStream, openStream } from "./open-stream.ts";

const STREAMS = 500;
/** More of them leave while they connect, besides. */
const EARLY = 100;
/** Once all are open each is aborted at a random moment up to this, in ms. */
const LATEST_MS = 2_000;
/** How long so many may take to open, in ms. */
const OPEN_MS = 30_000;
/** What "at once" means when many leave at the same time, in ms. */
const BOUND_MS = 250;
const GIVE_UP_MS = 5_000;

/** Many callers who leave at random moments leave nothing behind. */
export const abortedStreams: Check = {
  name: `${STREAMS} streams at the same time, each aborted at a random moment`,
  async measure() {
    using listeners = new ListenerCount();
    const most = STREAMS + EARLY;
    const upstream = await startUpstreamServer({
      profile: "faults",
      accountConcurrency: most,
      pacing: { ttftMs: 50, tokensPerSecond: 10, slots: most },
    });
    await using gateway = await startCountedGateway({
      providers: { only: { preset: "deepseek", baseUrl: upstream.url, apiKey: "sk-simulated", breaker: "off" } },
      routes: [{ model: "*", ladder: ["only"] }],
    });
    try {
      const random = seededRandom(1);
      const open = () => openStream(gateway.url, bodyOf(random.next() < 0.5));
      const abortWithin = async (stream: OpenStream, latestMs: number) => {
        await pause(random.next() * latestMs);
        stream.hangUp();
        await stream.end;
      };
      const early = Array.from({ length: EARLY }, () => abortWithin(open(), 200));
      const streams = Array.from({ length: STREAMS }, open);
      await Promise.all(early);
      await timeUntil(() => upstream.model.counters.inFlight >= STREAMS, OPEN_MS);
      const openAtOnce = streams.filter((stream) => !stream.closed).length;
      const countersCount = gateway.timers() > 0 && listeners.left > 0 && gateway.server.inFlight() > 0;
      await Promise.all(streams.map((stream) => abortWithin(stream, LATEST_MS)));
      const quietMs = await timeUntil(
        () => upstream.model.counters.inFlight === 0 && gateway.server.inFlight() === 0 && gateway.timers() === 0,
        GIVE_UP_MS,
      );
      const begun = streams.filter(({ content }) => content !== "").length;
      const left = upstream.model.counters;
      return [
        exactly("streams open at the same time", openAtOnce, STREAMS),
        isSo("timers, listeners and exchanges are seen while they are open", countersCount, "not seen"),
        isSo("some aborted before, some after the first token", begun > 0 && begun < STREAMS, `${begun} after`),
        withinMs("all is quiet after the last abort", [quietMs], BOUND_MS),
        exactly("requests in flight at the provider", left.inFlight, 0),
        exactly("provider's slots still taken", left.running + left.queued, 0),
        exactly("provider's requests that ended as aborted", left.abortedByCaller, left.requests),
        exactly("exchanges left in the gateway", gateway.server.inFlight(), 0),
        exactly("timers left in the gateway", gateway.timers(), 0),
        exactly(`abort listeners left on ${listeners.signals} signals`, listeners.left, 0),
      ];
    } finally {
      await upstream.close();
    }
  },
};

/** A stream that goes on for long, or one that waits for its first token. */
function bodyOf(waits: boolean): object {
  return chat(waits ? "fault-keep-alive-only" : "sim-chat", { metadata: { sim_output_tokens: 5_000 } });
}
