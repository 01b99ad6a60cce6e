import { Session } from "node:inspector/promises";

/** Between two looks of the profiler, in us. */
const EVERY_US = 200;
/** What takes events: these functions of these files. */
const SEERS = /\/(?:sight|totals|recent-requests|service-levels|provider-events)\.ts$/;
const SEEING: ReadonlySet<string> = new Set(["engineEvent", "exchangeStarted", "exchangeEnded"]);

/**
 * The share of this thread's busy time in which what is seen takes an event, from a profile: what two runs by turns
 * differ by is less than a busy machine makes them differ.
 * @param work what is profiled
 * @returns in percent
 */
export async function profiledShare(work: () => Promise<unknown>): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: EVERY_US });
  await session.post("Profiler.start");
  await work();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();

  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const isSeeing = new Map<number, boolean>();
  const visit = (id: number, within: boolean) => {
    const node = nodes.get(id);
    if (node === undefined) return;
    const { functionName, url } = node.callFrame;
    const sees = within || (SEEING.has(functionName) && SEERS.test(url));
    isSeeing.set(id, sees);
    for (const child of node.children ?? []) visit(child, sees);
  };
  const [root] = profile.nodes;
  if (root !== undefined) visit(root.id, false);

  let busy = 0;
  let seeing = 0;
  for (const [place, id] of (profile.samples ?? []).entries()) {
    if (nodes.get(id)?.callFrame.functionName === "(idle)") continue;
    const micros = profile.timeDeltas?.[place] ?? 0;
    busy += micros;
    if (isSeeing.get(id) === true) seeing += micros;
  }
  return (seeing / busy) * 100;
}
