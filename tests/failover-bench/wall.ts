import type { UpstreamOptions } from "@tideover/simulator";
import { type Clock, isJsonObject } from "tideover/engine";
import { SOUND_MODEL } from "./names.ts";
import type { Attempt, Refusal, Role, Scenario, WallQuestion } from "./scenario.ts";

/** Time between two tokens of a sound answer, in ms, as in the bench. */
const TOKEN_MS = 15;
/** Time to the first token of a sound answer, in ms. */
const FIRST_TOKEN_MS = 20;
/** Cadence of keep-alives while a provider waits, in ms. */
const KEEP_ALIVE_MS = 1_000;

/** What the two providers of one scenario do, and what has reached them. */
export class Wall {
  readonly #scenario: Scenario;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #attempts: Attempt[] = [];

  constructor(scenario: Scenario, clock: Clock) {
    this.#scenario = scenario;
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /** Requests that were struck by nothing because they were meant to be sound are left out. */
  get attempts(): readonly Attempt[] {
    return this.#attempts;
  }

  /** How one of the providers is simulated. */
  upstream(role: Role): Omit<UpstreamOptions, "clock"> {
    const { holdMs, slots } = this.#scenario;
    return {
      profile: "faults",
      pacing: { ttftMs: FIRST_TOKEN_MS, tokensPerSecond: 1_000 / TOKEN_MS, jitter: 0, keepAliveMs: KEEP_ALIVE_MS },
      ...(holdMs === undefined ? {} : { holdMs }),
      ...(slots === undefined ? {} : { accountConcurrency: slots }),
      faultFor: ({ request, model }) => {
        const question = this.#question(request.body);
        if (question === undefined || model === SOUND_MODEL) return undefined;
        const fault = role === "primary" ? this.#scenario.primary?.(question) : this.#scenario.fallback?.(question);
        this.#note(role, model, fault ?? "answered");
        return fault;
      },
    };
  }

  /** The response that takes the place of an answer; undefined: the simulated provider decides. */
  refusal(role: Role, bodyText: string): Refusal | undefined {
    const question = this.#question(bodyText);
    if (question === undefined || question.model === SOUND_MODEL) return undefined;
    const refusal = this.#scenario.refuses?.(role, question);
    if (refusal !== undefined) this.#note(role, question.model, question.continues ? "refused-prefix" : "refused");
    return refusal;
  }

  #question(bodyText: string): (WallQuestion & { readonly model: string }) | undefined {
    const body: unknown = bodyText === "" ? undefined : JSON.parse(bodyText);
    if (!isJsonObject(body) || !Array.isArray(body.messages)) return undefined;
    const last: unknown = body.messages.at(-1);
    return {
      sinceMs: this.#clock.now() - this.#startedAt,
      continues: isJsonObject(last) && last.role === "assistant",
      model: String(body.model),
    };
  }

  #note(role: Role, model: string | undefined, did: string): void {
    this.#attempts.push({ role, atMs: this.#clock.now() - this.#startedAt, model: model ?? "", did });
  }
}
