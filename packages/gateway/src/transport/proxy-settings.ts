/** Outbound proxies; an absent one means a direct connection. */
export interface ProxySettings {
  /** Proxy URL for `https:` targets; `http:` ones use `http`. */
  readonly https?: string | undefined;
  readonly http?: string | undefined;
  /** Hosts that are reached directly, separated by commas, as in `NO_PROXY`. Loopback always is. */
  readonly noProxy?: string | undefined;
}

/** The proxy settings that the environment holds; lower-case names win, as in curl. */
export function proxyFromEnvironment(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  return {
    https: env.https_proxy || env.HTTPS_PROXY || env.all_proxy || env.ALL_PROXY || undefined,
    http: env.http_proxy || env.HTTP_PROXY || env.all_proxy || env.ALL_PROXY || undefined,
    noProxy: env.no_proxy || env.NO_PROXY || undefined,
  };
}

/**
 * A proxy's URL, with `http://` where it has no scheme; undefined where there is none.
 * @throws Error when it cannot be read; the message names the setting, not the value.
 */
export function proxyUrl(kind: "http" | "https", value: string | undefined): string | undefined {
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
