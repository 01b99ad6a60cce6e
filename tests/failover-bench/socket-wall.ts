import { systemClock } from "@tideover/gateway";
import { startUpstreamServer } from "@tideover/simulator";
import { startGatekeeper } from "./gatekeeper.ts";
import type { Role, Scenario } from "./scenario.ts";
import { Wall } from "./wall.ts";

/** The two providers of a scenario, listening. */
export interface SocketWall {
  readonly wall: Wall;
  /** Their addresses, without a path. */
  readonly urls: Readonly<Record<Role, string>>;
  close(): Promise<void>;
}

/** Starts the two providers of a scenario on free ports. Its time begins now. */
export async function startWall(scenario: Scenario): Promise<SocketWall> {
  const wall = new Wall(scenario, systemClock);
  const closers: (() => Promise<void>)[] = [];
  const start = async (role: Role): Promise<string> => {
    const upstream = await startUpstreamServer({ ...wall.upstream(role), clock: systemClock });
    closers.unshift(() => upstream.close());
    if (scenario.refuses === undefined) return upstream.url;
    const gatekeeper = await startGatekeeper(upstream.url, (body) => wall.refusal(role, body));
    closers.unshift(() => gatekeeper.close());
    return gatekeeper.url;
  };
  const urls = { primary: await start("primary"), fallback: await start("fallback") };
  return {
    wall,
    urls,
    async close() {
      for (const close of closers) await close();
    },
  };
}
