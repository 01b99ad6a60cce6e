import {
  type Clock,
  type Failure,
  failure,
  type Timer,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from "tideover/engine";
import { createInProcessTransport } from "../in-process/in-process-transport.ts";
import type { UpstreamOptions } from "../model/options.ts";
import { createUpstreamModel, type UpstreamModel } from "../model/upstream-model.ts";
import { hashText } from "../text/hash-text.ts";
import { type ConditionInForce, profileOf, timelineOf } from "./provider-timeline.ts";
import type { ProviderPlan } from "./scenario.ts";

/** Content chunks of an answer: enough for cuts in the middle, and with role, finish and end no more than 8 events. */
const CHUNKS_PER_ANSWER = 4;

/** One simulated provider of a run. */
export interface SimulatedProvider {
  readonly name: string;
  readonly baseUrl: string;
  readonly model: UpstreamModel;
}

/** The simulated providers of a run behind one transport, which tells them apart by host name. */
export interface SimulatedProviders {
  readonly all: readonly SimulatedProvider[];
  readonly transport: Transport;
  /** Forgets the changes that are still to come. */
  stop(): void;
}

/**
 * Starts the providers of a scenario; their schedules run on the clock from now on.
 * @param seed every provider draws from a seed of its own made of this one
 */
export function startProviders(
  plans: Readonly<Record<string, ProviderPlan>>,
  clock: Clock,
  seed: number,
): SimulatedProviders {
  const timers: Timer[] = [];
  const transports = new Map<string, Transport>();
  const all = Object.entries(plans).map(([name, plan], index): SimulatedProvider => {
    const model = startModel(name, plan, clock, seed, timers);
    const host = `provider-${index}.simulated`;
    transports.set(host, createInProcessTransport(model));
    return { name, baseUrl: `http://${host}`, model };
  });
  return {
    all,
    transport: byHost(transports),
    stop: () => {
      for (const timer of timers) timer.cancel();
    },
  };
}

function startModel(name: string, plan: ProviderPlan, clock: Clock, seed: number, timers: Timer[]): UpstreamModel {
  const model = createUpstreamModel({ clock, ...openingOptions(name, plan, seed) });
  timers.push(...followSchedule(model, plan, clock));
  return model;
}

/** The options of the model of a provider as it begins. */
export function openingOptions(name: string, plan: ProviderPlan, seed: number): Omit<UpstreamOptions, "clock"> {
  const [first] = timelineOf(plan);
  if (first === undefined) throw new RangeError("A provider's timeline cannot be empty.");
  const { continuation, prefixBehaviour, accountConcurrency } = plan;
  return {
    seed: providerSeed(name, seed),
    profile: profileOf(first),
    pacing: pacingOf(first),
    maxChunks: plan.chunks ?? CHUNKS_PER_ANSWER,
    ...(first.balance === undefined ? {} : { balance: first.balance }),
    ...(continuation === undefined ? {} : { continuation }),
    ...(prefixBehaviour === undefined ? {} : { prefixBehaviour }),
    ...(accountConcurrency === undefined ? {} : { accountConcurrency }),
  };
}

/** Changes a model as its provider's schedule says, whose times count from now on. @returns what is to be cancelled */
export function followSchedule(model: UpstreamModel, plan: ProviderPlan, clock: Clock): Timer[] {
  const [, ...later] = timelineOf(plan);
  return later.map((condition) =>
    clock.schedule(condition.fromMs, () => {
      model.setProfile(profileOf(condition));
      model.setPacing(pacingOf(condition));
      if (condition.balance !== undefined) model.setBalance(condition.balance);
    }),
  );
}

/** The seed that a provider of this name draws from. */
export function providerSeed(name: string, seed: number): number {
  return hashText(name, seed);
}

type Pacing = Parameters<UpstreamModel["setPacing"]>[0];

function pacingOf(condition: ConditionInForce): Pacing {
  const { slots, queue, ttftMs, tokensPerSecond } = condition;
  return {
    ...(slots === undefined ? {} : { slots }),
    ...(queue === undefined ? {} : { queue }),
    ...(ttftMs === undefined ? {} : { ttftMs }),
    ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
  };
}

function byHost(transports: ReadonlyMap<string, Transport>): Transport {
  return {
    send(request: TransportRequest, signal: AbortSignal): Promise<TransportResponse | Failure> {
      const host = hostOf(request.url);
      const transport = transports.get(host);
      if (transport !== undefined) return transport.send(request, signal);
      return Promise.resolve(failure("fault", "dns-failure", `No simulated provider has the host ${host}.`));
    },
  };
}

/** The host of a URL, without the cost of a URL object: it is asked for every attempt. */
function hostOf(url: string): string {
  const start = url.indexOf("//") + 2;
  const end = url.indexOf("/", start);
  return end < 0 ? url.slice(start) : url.slice(start, end);
}
