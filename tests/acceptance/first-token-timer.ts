import { tmpdir } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { ask, askStreamed, chat, errorOf } from "../harness/ask.ts";
import { startCountedGateway } from "./counted-gateway.ts";
import { type Check, each, type Measurement, ms, quantile } from "./measurement.ts";
import { spawnCommand } from "./spawn-command.ts";

const SETTINGS_MS = [200, 500, 1_000, 2_000];
const REPEATS = 20;
/** Requests at a time: each is flooded with a thousand events a second. */
const AT_ONCE = 4;
/** What is measured is the timer, not how long code takes that runs for the first time. */
const WARM_UP = 8;
const BOUND_MS = 50;
/** Nothing but a sign of life every millisecond. */
const FLOOD = "fault-comment-flood-1";
const KINDS = ["comments", "blanks"] as const;

/** The first-token timer fires when it is set to, however many signs of life the provider sends meanwhile. */
export const firstTokenTimer: Check = {
  name: "first-token timer under a flood of keep-alives",
  async measure() {
    // A process of its own: the flood must not keep the gateway's timers from firing for want of a turn.
    await using upstream = await spawnCommand(["upstream", "--profile", "faults", "--port", "0"], tmpdir());
    const provider = {
      preset: "deepseek",
      baseUrl: upstream.url,
      apiKey: "sk-simulated",
      breaker: "off",
      models: { "*": FLOOD },
    } as const;
    await using gateway = await startCountedGateway({
      providers: { comments: provider, blanks: { ...provider, upstream: "mirror" } },
      routes: SETTINGS_MS.flatMap((setting) =>
        KINDS.map((kind) => ({
          model: `${kind}-${setting}`,
          firstToken: `${setting}ms`,
          deadline: "30s",
          retry: "off" as const,
          ladder: [kind],
        })),
      ),
    });
    for (const kind of KINDS) await deviationsOf(gateway.url, SETTINGS_MS[0] ?? 0, kind, WARM_UP);
    const found: Measurement[] = [];
    for (const setting of SETTINGS_MS) {
      for (const kind of KINDS) found.push(await measureOne(gateway.url, setting, kind));
    }
    return found;
  },
};

async function measureOne(url: string, setting: number, kind: (typeof KINDS)[number]): Promise<Measurement> {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const deviations = await deviationsOf(url, setting, kind, REPEATS);
  loop.disable();
  const most = Math.max(...deviations.map(Math.abs));
  // A machine that is busy with other things gives this process no turns; that is told, not excused.
  const lateness = `event loop late by p99 ${ms(loop.percentile(99) / 1e6)}, max ${ms(loop.max / 1e6)}`;
  return {
    point: `${setting} ms, ${kind === "comments" ? "streamed, comments" : "unstreamed, blank lines"}, ${REPEATS} times`,
    measured: `p50 ${ms(quantile(deviations, 0.5))}, most off ${ms(most)} (${lateness})`,
    bound: `off by <= ${BOUND_MS} ms`,
    holds: most <= BOUND_MS,
  };
}

/** By how much the caller's time to the failure differs from the setting, once for each time. */
function deviationsOf(url: string, setting: number, kind: (typeof KINDS)[number], times: number): Promise<number[]> {
  return each(Array.from({ length: times }), AT_ONCE, async () => {
    const body = chat(`${kind}-${setting}`);
    const reply = await (kind === "comments" ? askStreamed : ask)(url, body);
    const error = errorOf("body" in reply ? reply.body : reply.events[0]);
    if (error.code !== "ladder_exhausted") throw new Error(`Expected ladder_exhausted, found ${JSON.stringify(error)}`);
    return reply.ms - setting;
  });
}
