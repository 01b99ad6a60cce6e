/** How well a service answers, from best to worst. */
export type TideLevel = "normal" | "busy" | "degraded" | "outage";

/** All of them, from best to worst. */
export const LEVELS: readonly string[] = ["normal", "busy", "degraded", "outage"] satisfies TideLevel[];

/** One route's level, and since when (ms since the Unix epoch). */
export interface RouteTide {
  readonly level: TideLevel;
  readonly since: number;
}

/** How things are, as the page knows it. A new object with each change, so that it can be compared by identity. */
export interface Tide extends RouteTide {
  /** Whether the gateway can be reached; undefined before it was first heard of. While false, every level is `outage`. */
  readonly reachable: boolean | undefined;
  readonly routes: Readonly<Record<string, RouteTide>>;
}

/** Before anything is known: a page begins whole. */
export const UNKNOWN_TIDE: Tide = { level: "normal", since: 0, reachable: undefined, routes: {} };

/** The level of a route; of all together where none is named or the route is not known. */
export function levelOf(tide: Tide, route?: string | null): TideLevel {
  if (tide.reachable === false || route === undefined || route === null) return tide.level;
  return Object.hasOwn(tide.routes, route) ? (tide.routes[route]?.level ?? tide.level) : tide.level;
}

/** Reads the gateway's status document. @returns undefined for anything else */
export function readTide(document: unknown): Tide | undefined {
  if (!isObject(document) || !isLevel(document.level)) return undefined;
  const routes: Record<string, RouteTide> = Object.create(null);
  for (const route of Array.isArray(document.routes) ? document.routes : []) {
    if (isObject(route) && typeof route.name === "string" && isLevel(route.level)) {
      routes[route.name] = { level: route.level, since: milliseconds(route.since) };
    }
  }
  return { level: document.level, since: milliseconds(document.since), reachable: true, routes };
}

/** Whether something is the name of a level. */
export function isLevel(value: unknown): value is TideLevel {
  return typeof value === "string" && LEVELS.includes(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function milliseconds(seconds: unknown): number {
  return typeof seconds === "number" ? seconds * 1_000 : 0;
}
