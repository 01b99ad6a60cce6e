import { X509Certificate } from "node:crypto";
import type { LookupFunction } from "node:net";
import { Socket } from "node:net";
import tls from "node:tls";
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

/** Outbound proxies; an absent one means a direct connection. */
export interface ProxySettings {
  /** Proxy URL for `https:` targets; `http:` ones use `http`. */
  readonly https?: string | undefined;
  readonly http?: string | undefined;
  /** Hosts that are reached directly, separated by commas, as in `NO_PROXY`. Loopback always is. */
  readonly noProxy?: string | undefined;
}

/** What of the connections can be set. */
export interface DispatcherOptions {
  readonly proxy?: ProxySettings | undefined;
  /** Certificate authorities (PEM) to trust beside the usual ones. */
  readonly ca?: readonly string[] | undefined;
  /** Finds the addresses of a name; Node's own when absent. */
  readonly lookup?: LookupFunction | undefined;
}

/** Loopback is never sent to a proxy, as in Go's standard library: a local model behind it would be unreachable. */
const ALWAYS_DIRECT = "localhost,127.0.0.1,::1";

/** The proxy settings that the environment holds; lower-case names win, as in curl. */
export function proxyFromEnvironment(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  return {
    https: env.https_proxy || env.HTTPS_PROXY || env.all_proxy || env.ALL_PROXY || undefined,
    http: env.http_proxy || env.HTTP_PROXY || env.all_proxy || env.ALL_PROXY || undefined,
    noProxy: env.no_proxy || env.NO_PROXY || undefined,
  };
}

/**
 * Builds undici's dispatcher: its timers off, HTTP/1.1 only, every socket that is being opened reported.
 * @param onConnecting is called with each socket as its connection begins, within the `dispatch` that needs it.
 * @throws Error when a proxy URL or a certificate cannot be read; the message names it.
 */
export function buildDispatcher(options: DispatcherOptions, onConnecting: (socket: Socket) => void): Dispatcher {
  const tlsOptions = options.ca === undefined ? {} : { secureContext: secureContext(options.ca) };
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

/** The usual authorities (with `NODE_EXTRA_CA_CERTS`) and these, parsed once for all connections. */
function secureContext(ca: readonly string[]): tls.SecureContext {
  try {
    // OpenSSL passes over what it cannot read; a mistyped file must not go unnoticed.
    for (const certificate of ca) new X509Certificate(certificate);
    return tls.createSecureContext({ ca: [...tls.getCACertificates("default"), ...ca] });
  } catch (error) {
    throw new Error("A custom CA is not a certificate in PEM form (-----BEGIN CERTIFICATE----- …).", { cause: error });
  }
}

function proxyUrl(kind: "http" | "https", value: string | undefined): string | undefined {
  if (value === undefined || value === "") return undefined;
  const url = value.includes("://") ? value : `http://${value}`;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^(https?|socks5?):$/.test(parsed.protocol) || parsed.hostname === "") {
    // The value may hold a password, so it is not shown.
    throw new Error(
      `The proxy for ${kind} (${kind.toUpperCase()}_PROXY, proxy.${kind}) is not a URL such as http://proxy.example:3128.`,
    );
  }
  return url;
}
