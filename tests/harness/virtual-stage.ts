import { createGateway, type Gateway, type GatewayParts, type Log, SILENT_LOG } from "@tideover/gateway";
import {
  createInProcessTransport,
  createUpstreamModel,
  type UpstreamModel,
  type UpstreamOptions,
} from "@tideover/simulator";
import type { ResolvedConfig } from "tideover/config";
import { type JsonObject, seededRandom, type Transport } from "tideover/engine";
import { type HttpResponse, isWholeBody, textOfBody } from "tideover/front";
import { VirtualClock } from "tideover/testing";

/** A gateway before simulated providers, without sockets, in virtual time. */
export interface VirtualStage {
  readonly clock: VirtualClock;
  readonly gateway: Gateway;
  /** The simulated providers by name. */
  readonly upstreams: Readonly<Record<string, UpstreamModel>>;
  /** Sends a chat request. The clock must be moved for anything to happen. */
  post(body: JsonObject, headers?: Readonly<Record<string, string>>): Promise<HttpResponse>;
}

/** The address under which the simulated provider of a name is known in a virtual stage. */
export function virtualUrl(name: string): string {
  return `http://${name}.test`;
}

/** Puts a configuration, whose providers have their {@link virtualUrl}, before simulated providers. */
export function virtualStage(
  config: ResolvedConfig,
  options: Readonly<Record<string, Omit<UpstreamOptions, "clock">>>,
  log: Log = SILENT_LOG,
  more: Partial<GatewayParts> = {},
): VirtualStage {
  const clock = new VirtualClock();
  const upstreams: Record<string, UpstreamModel> = {};
  const transports: Record<string, Transport> = {};
  for (const [name, settings] of Object.entries(options)) {
    const model = createUpstreamModel({ profile: "faults", ...settings, clock });
    upstreams[name] = model;
    transports[new URL(virtualUrl(name)).host] = createInProcessTransport(model);
  }
  const transport: Transport = {
    send(request, signal) {
      const { host } = new URL(request.url);
      const chosen = transports[host];
      if (chosen === undefined) throw new Error(`No simulated provider is called ${host}.`);
      return chosen.send(request, signal);
    },
  };
  let calls = 0;
  const ids = { next: () => `call-${++calls}` };
  const gateway = createGateway({ config, transport, clock, random: seededRandom(7), ids, log, ...more });
  const encoder = new TextEncoder();
  return {
    clock,
    gateway,
    upstreams,
    post: (body, headers = {}) =>
      gateway.handler({
        method: "POST",
        path: "/v1/chat/completions",
        header: (name) => ({ host: "localhost", "content-type": "application/json", ...headers })[name],
        body: encoder.encode(JSON.stringify(body)),
        signal: new AbortController().signal,
      }),
  };
}

/** Reads a response's whole body as text. */
export async function textOf({ body }: HttpResponse): Promise<string> {
  if (isWholeBody(body)) return textOfBody(body);
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const bytes = await body.read();
    if (bytes === undefined) return text + decoder.decode();
    text += decoder.decode(bytes, { stream: true });
  }
}
