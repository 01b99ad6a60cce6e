import { isIP } from "node:net";
import { proxyFromEnvironment } from "../transport/index.ts";

/**
 * Whether requests to an address may go through a proxy, so that the direct way to it tells nothing. Hosts in
 * `NO_PROXY` count as proxied here: the HTTP client alone reads that list.
 * @param setting `server.proxy`: `environment`, `off`, or the proxy's address.
 */
export function usesProxy(
  baseUrl: string,
  setting: string,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  if (setting === "off") return false;
  const { hostname, protocol } = new URL(baseUrl);
  const host = hostname.replace(/^\[|\]$/g, "");
  if (host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."))) return false;
  if (setting !== "environment") return true;
  const { http, https } = proxyFromEnvironment(env);
  return (protocol === "https:" ? https : http) !== undefined;
}
