import { expectedAnswer, listFaults } from "@tideover/simulator";
import { ask, askStreamed, chat, contentOf } from "../harness/ask.ts";
import { FAST, stage } from "../harness/stage.ts";
import { type Check, each, type Measurement, ms } from "./measurement.ts";

const FIRST_TOKEN_MS = 400;
const BOUND_MS = FIRST_TOKEN_MS + 1_000;
/** Stages at a time. Few, because a wait for the processor is measured as if it were the gateway's. */
const AT_ONCE = 4;

/** Faults of the simulated provider that do not strike before the first token; all others must be overcome unseen. */
const OTHER_FAULTS: ReadonlySet<string> = new Set([
  // After the first token.
  ...["cut", "cut-reset", "cut-clean", "stall", "trickle", "malformed", "error-in-stream", "insufficient", "endless"],
  // The answer is right all the same, or is the provider's verdict.
  ...["no-done", "no-done-open", "done-open", "crlf", "bom", "multi-line-data", "gzip", "split", "content-filter"],
  ...["usage-trailing", "usage-on-finish", "usage-twice"],
  // The caller's own.
  ...["context-length", "422"],
]);

/** Those of them that strike before the first token when their number is 0. */
const AT_ZERO = [
  "cut-0",
  "cut-reset-0",
  "cut-clean-0",
  "stall-0",
  "malformed-0",
  "error-in-stream-0",
  "insufficient-0",
];

/** Whatever strikes before the first token, the caller gets the other provider's answer, whole and right. */
export const faultsBeforeFirstToken: Check = {
  name: "faults before the first token, answered by the alternate",
  async measure() {
    const names = listFaults().map(({ name }) => name);
    const faults = [...names.filter((name) => !OTHER_FAULTS.has(name)), ...AT_ZERO];
    return each(faults, AT_ONCE, measureFault);
  },
};

async function measureFault(fault: string): Promise<Measurement> {
  const streamed = await timeOf(fault, true);
  const unstreamed = await timeOf(fault, false);
  const problem = streamed.problem ?? unstreamed.problem;
  const most = Math.max(streamed.ms, unstreamed.ms);
  return {
    point: fault,
    measured: problem ?? `streamed ${ms(streamed.ms)}, unstreamed ${ms(unstreamed.ms)}`,
    bound: `<= ${BOUND_MS} ms`,
    holds: problem === undefined && most <= BOUND_MS,
  };
}

/** Each on a stage of its own, so that no breaker and no isolated key of one fault hides the next. */
async function timeOf(fault: string, streamed: boolean): Promise<{ readonly ms: number; readonly problem?: string }> {
  await using on = await stage({
    upstreams: { faulty: FAST, healthy: FAST },
    providers: { healthy: { models: { "*": "sim-chat" } } },
    routes: [{ model: "*", firstToken: `${FIRST_TOKEN_MS}ms`, deadline: "10s", ladder: ["faulty", "healthy"] }],
  });
  const body = chat(`fault-${fault}`);
  const reply = await (streamed ? askStreamed : ask)(on.url, body);
  const content = "body" in reply ? contentOf(reply.body) : reply.content;
  const rung = reply.headers.get("tideover-rung");
  const asked = on.upstreams.faulty?.model.counters.requests ?? 0;
  const mode = streamed ? "streamed" : "unstreamed";
  if (asked === 0) return { ms: reply.ms, problem: `${mode}: the faulty provider was never asked` };
  if (rung !== "alternate") return { ms: reply.ms, problem: `${mode}: answered by ${rung ?? reply.status}` };
  if (content !== expectedAnswer(body).content) return { ms: reply.ms, problem: `${mode}: not the whole answer` };
  if ("done" in reply && !reply.done) return { ms: reply.ms, problem: `${mode}: without [DONE]` };
  return { ms: reply.ms };
}
