import { type ArrivalPlan, CONVERSATION_ARRIVALS, type LengthPlan, type Spike } from "../arrivals/arrival.ts";
import type { CallerPlan, TenantShare } from "../callers/caller-plan.ts";
import { chooseFault } from "../faults/fault-table.ts";
import { type FaultShare, listProfiles } from "../model/profiles.ts";
import type { PrefixBehaviour } from "../text/continue-answer.ts";
import type { ContinuationMode } from "../text/partial-answer.ts";
import type {
  ProviderChange,
  ProviderCondition,
  ProviderPlan,
  Scenario,
  ScenarioConfig,
  ScenarioKey,
} from "./scenario.ts";
import { type ScenarioIssue, WrittenValue } from "./written-value.ts";

/** Bounds of what can be written: larger values are slips, or runs that nobody waits for. */
const MOST = { seed: 2 ** 32 - 1, rate: 10_000, variation: 100, slots: 1_000_000, tokens: 65_536, users: 100_000 };
const LONGEST_TTFT_MS = 3_600_000;

const CONTINUATIONS = [
  "beta-prefix",
  "message-prefix",
  "message-partial",
  "body-prefix",
  "continue-final-message",
  "bare-assistant",
  "none",
] as const satisfies readonly ContinuationMode[];
const PREFIX_BEHAVIOURS = [
  "exact",
  "trims-trailing-space",
  "echoes",
  "ignores",
  "restarts",
  "adds-space",
  "stops-at-once",
  "thinks-again",
] as const satisfies readonly PrefixBehaviour[];

/**
 * Reads a scenario as it is written in a file: durations as `90s`, `5m`, `1h`; every part but `providers` and `config`
 * has a default.
 * @returns the scenario, or everything that is wrong with it
 */
export function readScenario(input: unknown): Scenario | { readonly issues: readonly ScenarioIssue[] } {
  const issues: ScenarioIssue[] = [];
  const parts = new WrittenValue(input, issues).members([
    "name",
    "description",
    "seed",
    "duration",
    "trouble",
    "providers",
    "config",
    "arrivals",
    "callers",
    "restarts",
  ]);
  const providers = Object.fromEntries(parts.providers.entries().map(([name, plan]) => [name, providerPlan(plan)]));
  if (Object.keys(providers).length === 0) parts.providers.refuse("must name at least one simulated provider");
  const scenario: Scenario = {
    name: parts.name.optional((value) => value.text()) ?? "scenario",
    description: parts.description.optional((value) => value.text()) ?? "",
    seed: parts.seed.optional((value) => value.wholeNumber(0, MOST.seed)) ?? 1,
    durationMs: parts.duration.duration(),
    trouble: parts.trouble.optional(span),
    providers,
    config: config(parts.config, Object.keys(providers)),
    arrivals: arrivalPlan(parts.arrivals),
    callers: callerPlan(parts.callers),
    restarts: parts.restarts.isGiven ? parts.restarts.items().map((item) => item.duration()) : undefined,
  };
  return issues.length > 0 ? { issues } : scenario;
}

function span(value: WrittenValue): { fromMs: number; toMs: number } {
  const { from, to } = value.members(["from", "to"]);
  const result = { fromMs: from.duration(), toMs: to.duration() };
  if (result.toMs <= result.fromMs) value.refuse("must end after it begins");
  return result;
}

const CONDITION = ["profile", "slots", "queue", "ttft", "tokensPerSecond", "faults", "balance", "dead"] as const;

function providerPlan(value: WrittenValue): ProviderPlan {
  const parts = value.members([
    ...CONDITION,
    "schedule",
    "continuation",
    "prefixBehaviour",
    "accountConcurrency",
    "chunks",
  ]);
  const start = condition(parts);
  return {
    start: { ...start, profile: start.profile ?? "calm" },
    schedule: schedule(parts.schedule),
    continuation: parts.continuation.optional((written) => written.oneOf(CONTINUATIONS)),
    prefixBehaviour: parts.prefixBehaviour.optional((written) => written.oneOf(PREFIX_BEHAVIOURS)),
    accountConcurrency: parts.accountConcurrency.optional((written) => written.wholeNumber(1, MOST.slots)),
    chunks: parts.chunks.optional((written) => written.wholeNumber(1, MOST.tokens)),
  };
}

function schedule(value: WrittenValue): ProviderChange[] {
  let last = 0;
  return value.items().map((item) => {
    const parts = item.members(["at", ...CONDITION]);
    const atMs = parts.at.duration();
    if (atMs < last) parts.at.refuse("is before the change above it; a schedule is in the order of time");
    last = atMs;
    return { atMs, ...condition(parts) };
  });
}

/** Only what is written: what is absent must stay absent, because it means "as before". */
function condition(parts: Readonly<Record<(typeof CONDITION)[number], WrittenValue>>): ProviderCondition {
  const profiles = listProfiles().map(({ name }) => name);
  const read: ProviderCondition = {
    profile: parts.profile.optional((value) => value.oneOf(profiles)),
    slots: parts.slots.optional((value) => value.wholeNumber(1, MOST.slots)),
    queue: parts.queue.optional((value) => value.wholeNumber(0, MOST.slots)),
    ttftMs: parts.ttft.optional((value) => Math.min(LONGEST_TTFT_MS, value.duration())),
    tokensPerSecond: parts.tokensPerSecond.optional((value) => value.number(0.1, MOST.rate)),
    faults: parts.faults.optional((value) => value.items().map(faultShare)),
    balance: parts.balance.optional((value) => value.number(0, Number.MAX_SAFE_INTEGER)),
    dead: parts.dead.optional((value) => value.flag()),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

function faultShare(value: WrittenValue): FaultShare {
  const { fault, share, withinTokens } = value.members(["fault", "share", "withinTokens"]);
  const name = fault.text();
  if (name !== "" && chooseFault(name) === undefined) fault.refuse(`names no known fault: ${name}`);
  const within = withinTokens.optional((written) => written.wholeNumber(1, MOST.tokens));
  return { fault: name, share: share.number(0, 1), ...(within === undefined ? {} : { withinTokens: within }) };
}

/** The configuration itself is checked where the run resolves it; here only that it has its parts. */
function config(value: WrittenValue, simulated: readonly string[]): ScenarioConfig {
  const { providers, routes, server } = value.members(["providers", "routes", "server", "stores"]);
  if (routes.items().length === 0) routes.refuse("must list at least one route, as in tideover.yaml");
  for (const [name, settings] of providers.entries()) {
    if (!simulated.includes(name)) settings.refuse(`is no provider of this scenario; it has ${simulated.join(", ")}`);
  }
  return {
    providers: (providers.raw ?? {}) as ScenarioConfig["providers"],
    routes: routes.raw as ScenarioConfig["routes"],
    keys: server.optional(keysOf),
  };
}

/** Of the server only its keys matter here: by their names, and with the rates that they are held to. */
function keysOf(server: WrittenValue): ScenarioKey[] {
  const { keys } = server.members(["keys", "host", "port", "dataDir"]);
  return keys.items().map((item) => {
    const { name, rate } = item.members(["name", "rate", "key", "tenant", "maxPriority"]);
    return { name: name.text(), ...(rate.isGiven ? { rate: rate.raw as ScenarioKey["rate"] } : {}) };
  });
}

function arrivalPlan(value: WrittenValue): ArrivalPlan {
  const parts = value.members(["rate", "gapVariation", "diurnalFromHour", "spikes", "prompt", "output"]);
  return {
    rate: parts.rate.optional((written) => written.number(0.0001, MOST.rate)) ?? CONVERSATION_ARRIVALS.rate,
    gapVariation:
      parts.gapVariation.optional((written) => written.number(0, MOST.variation)) ?? CONVERSATION_ARRIVALS.gapVariation,
    diurnalFromHour: parts.diurnalFromHour.optional((written) => written.number(0, 24)),
    spikes: parts.spikes.items().map(spike),
    prompt: parts.prompt.optional(lengths) ?? CONVERSATION_ARRIVALS.prompt,
    output: parts.output.optional(lengths) ?? CONVERSATION_ARRIVALS.output,
  };
}

function spike(value: WrittenValue): Spike {
  const { from, to, times } = value.members(["from", "to", "times"]);
  return { fromMs: from.duration(), toMs: to.duration(), times: times.number(0, MOST.rate) };
}

function lengths(value: WrittenValue): LengthPlan {
  const { p50, p95 } = value.members(["p50", "p95"]);
  return { p50: p50.number(1, MOST.tokens), p95: p95.number(1, MOST.tokens) };
}

function callerPlan(value: WrittenValue): CallerPlan {
  const parts = value.members([
    "model",
    "streamed",
    "deadline",
    "patience",
    "retries",
    "priorities",
    "tenants",
    "questions",
    "population",
  ]);
  return {
    model: parts.model.optional((written) => written.text()) ?? "deepseek-chat",
    streamed: parts.streamed.optional((written) => written.number(0, 1)) ?? 1,
    deadlineMs: parts.deadline.optional((written) => written.duration()),
    patienceMs: parts.patience.optional((written) => written.duration()),
    retries: parts.retries.optional((written) => written.wholeNumber(0, 10)) ?? 0,
    priorities: parts.priorities.items().map((item) => {
      const { urgency, share } = item.members(["urgency", "share"]);
      return { urgency: urgency.wholeNumber(0, 7), share: share.number(0, 1) };
    }),
    tenants: parts.tenants.isGiven ? parts.tenants.items().map(tenantShare) : undefined,
    questions: parts.questions.optional((written) => written.wholeNumber(1, MOST.users)),
    population: parts.population.optional((written) => {
      const { users, think } = written.members(["users", "think"]);
      return { users: users.wholeNumber(1, MOST.users), thinkMs: think.duration() };
    }),
  };
}

function tenantShare(value: WrittenValue): TenantShare {
  const { name, weight, flood } = value.members(["name", "weight", "flood"]);
  const told = flood.optional(spike);
  return { name: name.text(), weight: weight.number(0, MOST.rate), ...(told === undefined ? {} : { flood: told }) };
}
