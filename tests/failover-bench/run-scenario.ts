import { expectedAnswer } from "@tideover/simulator";
import { type Clock, type JsonObject, sleep } from "tideover/engine";
import { PRIMARY_MODEL, SOUND_MODEL } from "./names.ts";
import type { Called, CallResult, Form, Measured, Scenario } from "./scenario.ts";
import type { Wall } from "./wall.ts";

/** Patience with the sound call afterwards, in ms. */
const SOUND_PATIENCE_MS = 10_000;
/** Length of every answer, in tokens, as in the bench. */
const ANSWER_TOKENS = 60;

/** One request of a caller. */
export interface BenchRequest {
  readonly body: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
  /** A call that no fault strikes, and that needs no fallback. */
  readonly sound: boolean;
  /** After this long without an end the call counts as hung, in ms. */
  readonly patienceMs: number;
}

/** A system under test before the wall of one scenario. */
export interface Stand extends AsyncDisposable {
  readonly clock: Clock;
  readonly wall: Wall;
  call(request: BenchRequest): Promise<CallResult>;
}

/** A system under test. */
export interface System {
  readonly name: string;
  /** Sets the system up before the two providers of a scenario. */
  open(scenario: Scenario): Promise<Stand>;
}

/** Plays one scenario on a system that was set up for it. */
export async function runScenario(scenario: Scenario, form: Form, stand: Stand): Promise<Measured> {
  const startedAt = stand.clock.now();
  const calls: Called[] = [];
  if (scenario.sequence !== undefined) {
    const { count, everyMs } = scenario.sequence;
    for (let index = 0; index < count; index++) {
      const untilDue = Math.max(0, startedAt + index * everyMs - stand.clock.now());
      await sleep(stand.clock, untilDue, new AbortController().signal);
      calls.push(await call(scenario, form, stand, 0, startedAt));
    }
  } else {
    const crowd = Array.from({ length: scenario.crowd ?? 1 }, (_, index) =>
      call(scenario, form, stand, index, startedAt),
    );
    calls.push(...(await Promise.all(crowd)));
  }
  const ms = stand.clock.now() - startedAt;
  const attempts = [...stand.wall.attempts];
  return { calls, attempts, ms, aliveAfter: await isAlive(stand) };
}

async function call(
  scenario: Scenario,
  form: Form,
  { clock, call: send }: Stand,
  index: number,
  startedAt: number,
): Promise<Called> {
  const { sameQuestion = false } = scenario;
  const asked = question(scenario.primaryHost?.model ?? PRIMARY_MODEL, form, sameQuestion ? 0 : index);
  const body = sameQuestion ? { ...asked, temperature: 0 } : asked;
  const sentAtMs = clock.now() - startedAt;
  const { patienceMs } = scenario;
  const headers = { ...scenario.headers, ...scenario.headersOf?.(index) };
  const result = await send({ body, headers, sound: false, patienceMs });
  return { ...result, index, sentAtMs, complete: result.content === expectedAnswer(body).content };
}

async function isAlive(stand: Stand): Promise<boolean> {
  const body = question(SOUND_MODEL, "unstreamed", 0);
  const result = await stand.call({ body, headers: {}, sound: true, patienceMs: SOUND_PATIENCE_MS });
  return result.outcome === "success" && result.content === expectedAnswer(body).content;
}

/** Callers of a crowd ask different questions, so that nothing can answer them together, unless that is the point. */
function question(model: string, form: Form, index: number): JsonObject {
  const content = `Why does a gateway earn trust only when its provider misbehaves 网关? (${index}) sim_output_tokens=${ANSWER_TOKENS}`;
  const messages = [{ role: "user", content }];
  if (form === "unstreamed") return { model, messages };
  return { model, messages, stream: true, stream_options: { include_usage: true } };
}
