import type { ResolvedConfig, ResolvedProvider } from "tideover/config";
import { type Clock, type Failure, failure, isFailure, sleep, type Transport } from "tideover/engine";
import type { ProviderDefinition } from "tideover/providers";
import { ask } from "../doctor/ask.ts";
import type { Log } from "../logging/index.ts";
import { MOST_WARMED, WARM_PATIENCE_MS, WARM_PAUSE_MS } from "./defaults.ts";

/** What servers are reached through. */
export interface WarmParts {
  readonly transport: Transport;
  readonly clock: Clock;
}

/**
 * Asks a server for one token of a model, so that the model is in memory before it is needed. The engine knows nothing of
 * it: no breaker counts it.
 * @param model as the server names it
 * @param waitMs longest wait; absent: as long as for any answer of the doctor's
 * @returns how long it took, in ms
 */
export async function askOneToken(
  definition: ProviderDefinition,
  model: string,
  { transport, clock, signal }: WarmParts & { readonly signal: AbortSignal },
  waitMs?: number,
): Promise<number | Failure> {
  const [account] = definition.accounts;
  // The name is the server's own already.
  const asIs = { ...definition, models: {} };
  const patient = { definition: asIs, account, transport, clock, signal, asksUsage: false };
  const startedAt = clock.now();
  const body = { messages: [{ role: "user", content: "Hi" }], max_tokens: 1 };
  const asked = await ask(patient, model, body, waitMs);
  return isFailure(asked) ? asked : Math.round(asked.firstTokenMs ?? clock.now() - startedAt);
}

/** Loads the models of servers that are to be warm (`warm: true`) in the background, at the start and on reload. */
export class WarmServers {
  readonly #parts: WarmParts & { readonly log: Log };
  readonly #closing = new AbortController();
  /** What was asked for already: a reload asks only for what is new. */
  #asked = new Set<string>();
  /** One after the other, because they share the machine. */
  #last: Promise<void> = Promise.resolve();

  constructor(parts: WarmParts & { readonly log: Log }) {
    this.#parts = parts;
  }

  /** Begins with what is new in a configuration; does not wait for it. */
  warm({ providers }: Pick<ResolvedConfig, "providers">): void {
    const wanted = Object.values(providers)
      .filter((provider) => provider.warm === true)
      .flatMap((provider) => modelsOf(provider).map((model) => ({ provider, model, key: keyOf(provider, model) })));
    const fresh = wanted.filter(({ key }) => !this.#asked.has(key));
    this.#asked = new Set(wanted.map(({ key }) => key));
    for (const { provider, model, key } of fresh) {
      this.#last = this.#last
        .then(() => (this.#asked.has(key) ? this.#load(provider, model) : undefined))
        .catch((error: unknown) => {
          this.#parts.log.error({ event: "server-not-warm", provider: provider.name, error }, "Warming failed.");
        });
    }
  }

  /** Gives up what is still loading, and waits until that has ended. */
  async close(): Promise<void> {
    this.#closing.abort(failure("cancelled", "closing", "The gateway is closing."));
    await this.#last;
  }

  async #load({ name, definition }: ResolvedProvider, model: string): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#closing;
    const until = clock.now() + WARM_PATIENCE_MS;
    for (;;) {
      if (signal.aborted) return;
      const took = await askOneToken(definition, model, { ...this.#parts, signal }, until - clock.now());
      if (!isFailure(took)) {
        log.info({ event: "server-warm", provider: name, model, ms: took }, `${name} has ${model} in memory.`);
        return;
      }
      const again = mayComeUp(took) && clock.now() + WARM_PAUSE_MS < until;
      if (again && (await sleep(clock, WARM_PAUSE_MS, signal))) continue;
      if (signal.aborted) return;
      const fields = { event: "server-not-warm", provider: name, model, reason: took.reason };
      log.warn(fields, `${name} is not warm, so that its first answer may take long: ${took.message}`);
      return;
    }
  }
}

/** Not there yet, or still loading: what is refused for another reason will be refused again. */
function mayComeUp({ kind }: Failure): boolean {
  return kind === "fault" || kind === "overloaded";
}

function modelsOf({ models }: ResolvedProvider): readonly string[] {
  return [...new Set(Object.values(models))].slice(0, MOST_WARMED);
}

function keyOf({ baseUrl }: ResolvedProvider, model: string): string {
  return `${baseUrl}\n${model}`;
}
