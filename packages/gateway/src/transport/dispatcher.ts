import { type LookupFunction, Socket } from "node:net";
import type { SecureContext } from "node:tls";
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from "undici";
import {
  KEEP_ALIVE_MAX_MS,
  KEEP_ALIVE_MS,
  MAX_CONNECTIONS_PER_ORIGIN,
  MAX_ORIGINS,
  MAX_RESPONSE_HEADER_BYTES,
  NEXT_ADDRESS_AFTER_MS,
  PROXY_CONNECT_MS,
} from "./defaults.ts";
import { type ProxySettings, proxyUrl } from "./proxy-settings.ts";

/** What of the connections can be set. */
export interface DispatcherOptions {
  readonly proxy?: ProxySettings | undefined;
  /** The authorities to trust; Node's own when absent. */
  readonly secureContext?: SecureContext | undefined;
  /** Finds the addresses of a name; Node's own when absent. */
  readonly lookup?: LookupFunction | undefined;
}

/** Loopback is never sent to a proxy, as in Go's standard library: a local model behind it would be unreachable. */
const ALWAYS_DIRECT = "localhost,127.0.0.1,::1";

/**
 * Builds undici's dispatcher: its timers off, HTTP/1.1 only, every socket that is being opened reported.
 * @param onConnecting is called with each socket as its connection begins, within the `dispatch` that needs it.
 * @throws Error when a proxy URL cannot be read; the message names its setting.
 */
export function buildDispatcher(options: DispatcherOptions, onConnecting: (socket: Socket) => void): Dispatcher {
  const tlsOptions = options.secureContext === undefined ? {} : { secureContext: options.secureContext };
  const socketOptions = {
    ...tlsOptions,
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
    allowH2: false,
    timeout: 0,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
  };
  const report = (connector: buildConnector.connector): buildConnector.connector => {
    return (target, callback) => {
      // undici's connectors give the socket, which its types leave out.
      const socket: unknown = connector(target, callback);
      if (socket instanceof Socket) onConnecting(socket);
      return socket;
    };
  };
  const agentOptions = {
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
    pipelining: 1,
    connections: MAX_CONNECTIONS_PER_ORIGIN,
    maxOrigins: MAX_ORIGINS,
  };
  const https = proxyUrl("https", options.proxy?.https);
  const http = proxyUrl("http", options.proxy?.http);
  const connect = report(buildConnector(socketOptions));
  if (https === undefined && http === undefined) return new Agent({ ...agentOptions, connect });
  const poolWithReport = (origin: string | URL, poolOptions: object) => {
    const { connect: connector } = poolOptions as { connect?: unknown };
    return new Pool(origin, {
      ...poolOptions,
      ...(typeof connector === "function" ? { connect: report(connector as buildConnector.connector) } : {}),
    });
  };
  return new EnvHttpProxyAgent({
    ...agentOptions,
    connect,
    httpsProxy: https ?? "",
    httpProxy: http ?? "",
    noProxy: options.proxy?.noProxy === undefined ? ALWAYS_DIRECT : `${options.proxy.noProxy},${ALWAYS_DIRECT}`,
    requestTls: { ...tlsOptions, allowH2: false },
    proxyTls: { ...socketOptions },
    factory: poolWithReport,
    clientFactory: (origin, poolOptions) =>
      poolWithReport(origin, { ...poolOptions, allowH2: false, headersTimeout: PROXY_CONNECT_MS }),
  });
}
