import { createGateway, SILENT_LOG } from "@tideover/gateway";
import { createInProcessTransport, createUpstreamModel, type UpstreamModel } from "@tideover/simulator";
import { type ByteSource, failure, seededRandom, type Transport, type TransportResponse } from "tideover/engine";
import { type HttpResponse, isWholeBody, textOfBody } from "tideover/front";
import { VirtualClock } from "tideover/testing";
import { CALLER_KEY } from "./names.ts";
import { readReply } from "./read-reply.ts";
import type { BenchRequest, Stand } from "./run-scenario.ts";
import type { CallResult, Refusal, Role, Scenario } from "./scenario.ts";
import { type Departures, tideoverConfig } from "./tideover-config.ts";
import { Wall } from "./wall.ts";

const ROLES: readonly Role[] = ["primary", "fallback"];
const urlOf = (role: Role) => `http://${role}.test`;
const encoder = new TextEncoder();

/** Tideover before the simulated providers of a scenario, without sockets, in virtual time. */
export interface VirtualStand extends Stand {
  readonly clock: VirtualClock;
  readonly upstreams: readonly UpstreamModel[];
}

/** Sets Tideover up in virtual time: a bench of minutes then takes milliseconds, and is the same every time. */
export function openVirtualTideover(scenario: Scenario, departures?: Departures): VirtualStand {
  const clock = new VirtualClock();
  const wall = new Wall(scenario, clock);
  const models = new Map(ROLES.map((role) => [role, createUpstreamModel({ ...wall.upstream(role), clock })]));
  const transport = routed(models, wall);
  let calls = 0;
  const ids = { next: () => `call-${++calls}` };
  const config = tideoverConfig(scenario, { primary: urlOf("primary"), fallback: urlOf("fallback") }, departures);
  const gateway = createGateway({ config, transport, clock, random: seededRandom(7), ids, log: SILENT_LOG });
  return {
    clock,
    wall,
    upstreams: [...models.values()],
    async call({ body, headers, patienceMs }: BenchRequest): Promise<CallResult> {
      const sentAt = clock.now();
      const gone = new AbortController();
      const patience = clock.schedule(patienceMs, () =>
        gone.abort(failure("cancelled", "patience", "The caller's patience is over.")),
      );
      const all: Readonly<Record<string, string>> = {
        host: "localhost",
        authorization: `Bearer ${CALLER_KEY}`,
        "content-type": "application/json",
        ...headers,
      };
      const response = await gateway.handler({
        method: "POST",
        path: "/v1/chat/completions",
        header: (name) => all[name],
        body: encoder.encode(JSON.stringify(body)),
        signal: gone.signal,
      });
      const text = await textOf(response, gone.signal);
      patience.cancel();
      const ms = clock.now() - sentAt;
      if (gone.signal.aborted) return { outcome: "hang", content: "", usage: false, ms };
      const contentType = response.headers["content-type"] ?? "";
      const { "retry-after": retryAfter, age } = response.headers;
      return { ...readReply({ status: response.status, contentType, text, retryAfter, age }), ms };
    },
    async [Symbol.asyncDispose]() {
      for (const model of models.values()) model.close();
    },
  };
}

async function textOf({ body }: HttpResponse, gone: AbortSignal): Promise<string> {
  if (isWholeBody(body)) return textOfBody(body);
  gone.addEventListener("abort", () => body.cancel(), { once: true });
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const bytes = await body.read();
    if (bytes === undefined) return text + decoder.decode();
    text += decoder.decode(bytes, { stream: true });
  }
}

function routed(models: ReadonlyMap<Role, UpstreamModel>, wall: Wall): Transport {
  const transports = new Map([...models].map(([role, model]) => [role, createInProcessTransport(model)]));
  return {
    send(request, signal) {
      const role = ROLES.find((candidate) => request.url.startsWith(`${urlOf(candidate)}/`));
      const transport = role === undefined ? undefined : transports.get(role);
      if (role === undefined || transport === undefined) throw new Error(`No provider is at ${request.url}.`);
      const body = typeof request.body === "string" ? request.body : new TextDecoder().decode(request.body);
      const refusal = wall.refusal(role, body);
      return refusal === undefined ? transport.send(request, signal) : Promise.resolve(responseOf(refusal));
    },
  };
}

function responseOf({ status, body }: Refusal): TransportResponse {
  const bytes = [encoder.encode(JSON.stringify(body))];
  const source: ByteSource = { read: () => Promise.resolve(bytes.shift()), cancel: () => bytes.splice(0) };
  return {
    type: "response",
    status,
    header: (name) => (name === "content-type" ? "application/json" : undefined),
    body: source,
  };
}
