import { type Answered, type Clock, LEVELS, type Level, type ServiceFacts, ServiceLevel } from "../../engine/index.ts";
import type { ExchangeRecord, FrontStatus, ServiceStatus } from "../../front/index.ts";
import type { ProviderState } from "../provider-state.ts";
import type { Runtime, RuntimeRoute } from "../runtime.ts";
import { CALLERS_OWN_CODES } from "./callers-own-codes.ts";
import { LEVEL_SHAPE, LOOK_EVERY_MS, MOST_FOLLOWERS } from "./defaults.ts";

/** What the levels are made from. */
export interface ServiceLevelsParts {
  readonly clock: Clock;
  runtime(): Runtime;
}

/**
 * How well each route answers now: from what became of its requests lately, and from what its providers could take.
 * Public, so there is nothing in it but the routes' names.
 */
export class ServiceLevels implements FrontStatus {
  readonly #parts: ServiceLevelsParts;
  readonly #levels = new Map<string, ServiceLevel>();
  readonly #followers = new Set<() => void>();
  #looking: { cancel(): void } | undefined;
  #told = "";

  constructor(parts: ServiceLevelsParts) {
    this.#parts = parts;
  }

  /** The end of an exchange. */
  readonly exchangeEnded = (record: ExchangeRecord): void => {
    const answered = answeredAs(record);
    if (answered === undefined) return;
    const now = this.#parts.clock.now();
    if (record.route !== undefined) this.#levelOf(record.route).note(now, answered);
    // A full gateway refuses before it looks where a call would go: no route is spared.
    else if (record.code === "load_shed") {
      for (const { route } of this.#parts.runtime().routes) this.#levelOf(route.name).note(now, answered);
    }
  };

  read(): ServiceStatus {
    const { clock } = this.#parts;
    const now = clock.now();
    const wallTime = clock.wallTime();
    const { routes, providers } = this.#parts.runtime();
    const levels = routes.map((one) => {
      const level = this.#levelOf(one.route.name);
      const number = level.read(now, factsOf(one, providers, now));
      return { name: one.route.name, number, level: LEVELS[number], since: Math.round(wallTime - (now - level.since)) };
    });
    this.#forgetOthers(levels.map(({ name }) => name));
    const worst = Math.max(0, ...levels.map(({ number }) => number)) as Level;
    const since = levels.filter(({ number }) => number === worst).map((one) => one.since);
    return {
      at: wallTime,
      level: LEVELS[worst],
      since: Math.min(wallTime, ...since),
      routes: levels.map(({ name, level, since: from }) => ({ name, level, since: from })),
    };
  }

  /** The levels by route, as numbers. */
  *numbers(): Iterable<readonly [string, Level]> {
    for (const { name, level } of this.read().routes) yield [name, LEVELS.indexOf(level) as Level];
  }

  follow(changed: () => void): (() => void) | undefined {
    if (this.#followers.size >= MOST_FOLLOWERS) return undefined;
    this.#followers.add(changed);
    if (this.#looking === undefined) {
      this.#told = JSON.stringify(this.#shown());
      this.#lookLater();
    }
    return () => {
      this.#followers.delete(changed);
      if (this.#followers.size > 0) return;
      this.#looking?.cancel();
      this.#looking = undefined;
    };
  }

  #lookLater(): void {
    this.#looking = this.#parts.clock.schedule(LOOK_EVERY_MS, () => {
      const shown = JSON.stringify(this.#shown());
      if (shown !== this.#told) {
        this.#told = shown;
        for (const changed of [...this.#followers]) changed();
      }
      if (this.#followers.size > 0) this.#lookLater();
    });
  }

  #shown(): readonly string[] {
    return this.read().routes.map(({ name, level }) => `${name} ${level}`);
  }

  #levelOf(route: string): ServiceLevel {
    const known = this.#levels.get(route);
    if (known !== undefined) return known;
    const level = new ServiceLevel(LEVEL_SHAPE, this.#parts.clock.now());
    this.#levels.set(route, level);
    return level;
  }

  /** A reload may have taken routes away. */
  #forgetOthers(names: readonly string[]): void {
    if (this.#levels.size <= names.length) return;
    for (const name of this.#levels.keys()) if (!names.includes(name)) this.#levels.delete(name);
  }
}

function answeredAs({ result, code, origin, trace }: ExchangeRecord): Answered | undefined {
  switch (result) {
    case "answered":
      if (origin === undefined) return undefined;
      if (origin.degraded || trace.seams.some(({ degraded }) => degraded === true)) return "worse";
      return origin.rung === "alternate" ? "elsewhere" : "well";
    case "accepted":
      return "worse";
    case "failed":
    case "interrupted":
      return code !== undefined && CALLERS_OWN_CODES.has(code) ? undefined : "not";
    case "refused":
      return code === "load_shed" ? "not" : undefined;
    default:
      return undefined;
  }
}

/** What the route's providers could take now, as their breakers, keys and limits have it. */
function factsOf({ route }: RuntimeRoute, providers: ReadonlyMap<string, ProviderState>, now: number): ServiceFacts {
  let able = 0;
  let full = 0;
  let pressed = false;
  let hasLastResort = false;
  for (const rung of route.ladder) {
    const state = rung.kind === "provider" ? providers.get(rung.provider) : undefined;
    if (state === undefined) {
      hasLastResort ||= rung.kind !== "provider";
      continue;
    }
    const usable = isUsable(state, now);
    if (state.definition.degraded) {
      hasLastResort ||= usable;
      continue;
    }
    full++;
    if (usable) able++;
    pressed ||= isPressed(state);
  }
  return { able: able === full ? "all" : able === 0 ? "none" : "some", hasLastResort, pressed };
}

/** A key that is not refused, and breakers that are not all open. */
function isUsable({ accounts, breakers }: ProviderState, now: number): boolean {
  if (!accounts.some(({ state }) => now >= state.isolatedUntil)) return false;
  if (breakers === undefined) return true;
  let any = false;
  for (const { thing } of breakers.entries()) {
    if (thing.state !== "open") return true;
    any = true;
  }
  return !any;
}

function isPressed({ limits }: ProviderState): boolean {
  if (limits === undefined) return false;
  for (const { thing } of limits.entries()) if (thing.snapshot().underPressure) return true;
  return false;
}
