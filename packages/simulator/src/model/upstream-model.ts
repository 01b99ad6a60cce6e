import { isJsonObject, seededRandom } from "tideover/engine";
import { listFaults } from "../faults/fault-table.ts";
import { OnceMemory } from "../faults/once-memory.ts";
import { hashText } from "../text/hash-text.ts";
import { concurrencyLimit } from "./account.ts";
import { Admission } from "./admission.ts";
import { countIn, newCounters, type UpstreamCounters } from "./counters.ts";
import { type Decision, decideExchange } from "./decide-exchange.ts";
import { busy, errorResponse, tooManyAtOnce, type UpstreamRefusal } from "./error-bodies.ts";
import { Exchange } from "./exchange.ts";
import { type EffectiveOptions, effectiveOptions, type UpstreamOptions } from "./options.ts";
import type { PacingOverrides } from "./pacing.ts";
import { PrefixCache } from "./prefix-cache.ts";
import { findProfile, type Profile } from "./profiles.ts";
import { randomHex } from "./random-ids.ts";
import { findRoute, type UpstreamRoute } from "./routes.ts";
import type { UpstreamExchange, UpstreamRequest, UpstreamWire } from "./wire.ts";

/** The model of a busy provider. It has no sockets and no time of its own: faces and a clock give it both. */
export interface UpstreamModel {
  /** Takes a request; everything it has to say goes to the wire, beginning possibly before this returns. */
  exchange(request: UpstreamRequest, wire: UpstreamWire): UpstreamExchange;
  /** What has happened so far, as a copy. */
  readonly counters: UpstreamCounters;
  readonly profile: Profile;
  /**
   * Puts another profile in force for requests from now on.
   * @throws RangeError when no profile has this name.
   */
  setProfile(profile: string | Profile): void;
  /** Replaces the pacing overrides, slots and queue among them, for requests from now on. */
  setPacing(pacing: PacingOverrides): void;
  /** Sets the balance of every account, in its currency. */
  setBalance(balance: number): void;
  /** Resets every open exchange and forgets its timers. */
  close(): void;
}

/**
 * Creates a simulated provider.
 * @throws RangeError for an unknown profile or a senseless time scale.
 */
export function createUpstreamModel(options: UpstreamOptions): UpstreamModel {
  return new BusyProvider(options);
}

class BusyProvider implements UpstreamModel {
  #options: EffectiveOptions;
  #profile: Profile;
  #balance: number;
  #ordinal = 0;
  readonly #admission: Admission;
  readonly #counters = newCounters();
  readonly #cache: PrefixCache;
  readonly #once = new OnceMemory();
  readonly #exchanges = new Set<Exchange>();
  /** Open generations by account; an entry goes when its count is zero. */
  readonly #accounts = new Map<string, number>();

  constructor(options: UpstreamOptions) {
    this.#options = effectiveOptions(options);
    this.#profile = profileOf(options.profile ?? "calm");
    this.#balance = this.#options.balance;
    this.#cache = new PrefixCache(this.#options.cacheBlocks);
    this.#admission = new Admission(0, 0);
    this.#resize();
  }

  get profile(): Profile {
    return this.#profile;
  }

  get counters(): UpstreamCounters {
    const { faults, paths, ...numbers } = this.#counters;
    const queued = this.#admission.waiting;
    return { ...numbers, queued, running: this.#admission.running, faults: { ...faults }, paths: { ...paths } };
  }

  setProfile(profile: string | Profile): void {
    this.#profile = profileOf(profile);
    this.#resize();
  }

  setPacing(pacing: PacingOverrides): void {
    this.#options = { ...this.#options, pacing };
    this.#resize();
  }

  setBalance(balance: number): void {
    this.#balance = balance;
  }

  close(): void {
    for (const exchange of this.#exchanges) exchange.kill();
  }

  exchange(request: UpstreamRequest, wire: UpstreamWire): UpstreamExchange {
    const route = findRoute(request.path);
    const control = route === undefined ? undefined : this.#control(route, request);
    if (control !== undefined) return writeResponse(wire, control);
    const ordinal = this.#ordinal++;
    this.#counters.requests++;
    countIn(this.#counters.paths, route === undefined ? "other" : (request.path.split("?", 1)[0] as string));
    // Each exchange has randomness of its own, so that the order of events does not change what another one gets.
    const random = seededRandom(hashText(`${ordinal}`, this.#options.seed));
    const headers = responseHeaders(randomHex(random, 32));
    const account = request.headers.authorization ?? "";
    const exchange = this.#open(wire, headers);
    if (route === undefined) exchange.respond(errorResponse(404, `Not found: ${request.method} ${request.path}`));
    else if (route.method !== request.method) exchange.respond(wrongMethod(request, route));
    else {
      const decision = decideExchange(request, route, {
        options: this.#options,
        profile: this.#profile,
        cache: this.#cache,
        once: this.#once,
        balance: this.#balance,
        ordinal,
        random,
      });
      this.#carryOut(decision, exchange, account);
    }
    return exchange;
  }

  #carryOut(decision: Decision, exchange: Exchange, account: string): void {
    if (decision.fault !== undefined) countIn(this.#counters.faults, decision.fault);
    if (decision.type === "connection") exchange.breakConnection(decision.how);
    else if (decision.type === "respond") exchange.respond(decision.response);
    else this.#generate(decision, exchange, account);
  }

  #generate(decision: Decision & { type: "generate" }, exchange: Exchange, account: string): void {
    const open = (this.#accounts.get(account) ?? 0) + 1;
    const limit = this.#options.accountConcurrency ?? concurrencyLimit(this.#balance, decision.model);
    if (open > limit) {
      exchange.respond(tooManyAtOnce(open, limit));
      return;
    }
    this.#accounts.set(account, open);
    exchange.onEnd = () => this.#leaveAccount(account);
    if (decision.generation.continued) this.#counters.continuations++;
    if (!exchange.generate(decision.generation, decision.shape)) exchange.respond(busy());
  }

  #open(wire: UpstreamWire, headers: Readonly<Record<string, string>>): Exchange {
    const { clock, holdMs, startLimitMs } = this.#options;
    const surroundings = { clock, admission: this.#admission, counters: this.#counters, holdMs, startLimitMs };
    const exchange = new Exchange(surroundings, wire, headers, (ended) => this.#exchanges.delete(ended));
    this.#exchanges.add(exchange);
    return exchange;
  }

  #leaveAccount(account: string): void {
    const left = (this.#accounts.get(account) ?? 1) - 1;
    if (left === 0) this.#accounts.delete(account);
    else this.#accounts.set(account, left);
  }

  #resize(): void {
    const { pacing } = this.#options;
    this.#admission.resize(pacing.slots ?? this.#profile.slots, pacing.queue ?? this.#profile.queue);
  }

  /** Answers the paths under `/sim/`, which are not part of what is simulated. */
  #control(route: UpstreamRoute, request: UpstreamRequest): UpstreamRefusal | undefined {
    if (!isControl(route) || route.method !== request.method) return undefined;
    switch (route.operation) {
      case "stats":
        return json({ profile: this.#profile.name, ...this.counters });
      case "faults":
        return json(
          listFaults().map(({ name, description, parameter }) => ({ name: `fault-${name}`, description, parameter })),
        );
      default:
        return this.#changeProfile(request.body);
    }
  }

  #changeProfile(text: string): UpstreamRefusal {
    try {
      const body: unknown = JSON.parse(text);
      const name = isJsonObject(body) ? body.profile : undefined;
      if (typeof name !== "string") return errorResponse(400, 'The body must be {"profile": "<name>"}.');
      this.setProfile(name);
      return json({ profile: name });
    } catch (error) {
      if (error instanceof RangeError || error instanceof SyntaxError) return errorResponse(400, error.message);
      throw error;
    }
  }
}

const isControl = (route: UpstreamRoute): boolean => ["stats", "faults", "set-profile"].includes(route.operation);

const profileOf = (profile: string | Profile): Profile =>
  typeof profile === "string" ? findProfile(profile) : profile;

function writeResponse(wire: UpstreamWire, response: UpstreamRefusal): UpstreamExchange {
  wire.head(response.status, { "content-type": response.contentType });
  wire.write(new TextEncoder().encode(response.body));
  wire.end();
  return { closed: () => {} };
}

const json = (value: unknown): UpstreamRefusal => ({
  status: 200,
  contentType: "application/json",
  body: JSON.stringify(value),
});

const wrongMethod = (request: UpstreamRequest, route: UpstreamRoute): UpstreamRefusal => ({
  ...errorResponse(405, `Method ${request.method} is not allowed on ${request.path}, use ${route.method}`),
  headers: { allow: route.method },
});

/** Headers that were seen on every response of the China edge. */
function responseHeaders(traceId: string): Record<string, string> {
  return {
    server: "openresty",
    vary: "origin, access-control-request-method, access-control-request-headers",
    "access-control-allow-credentials": "true",
    "x-ds-trace-id": traceId,
    "x-content-type-options": "nosniff",
    "eo-cache-status": "MISS",
  };
}
