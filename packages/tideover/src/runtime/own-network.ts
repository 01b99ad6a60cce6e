import { isLoopback } from "../config/loopback.ts";

/** RFC 1918, and link-local addresses (RFC 3927). */
const PRIVATE_V4 = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.)/;
/** Unique local and link-local addresses (RFC 4193, RFC 4291). */
const PRIVATE_V6 = /^\[(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/;
/** Names that no public server has: RFC 6762, and the one ICANN keeps for private use. */
const PRIVATE_NAME = /\.(?:local|internal|localhost|lan)$/;

/** Whether a provider's address is of this machine or of the network around it, where its model is one of one's own. */
export function isOnOwnNetwork(baseUrl: string): boolean {
  if (!URL.canParse(baseUrl)) return false;
  const { hostname } = new URL(baseUrl);
  if (hostname === "") return false;
  // A bare name is a container's or a service's of the same cluster.
  const isBareName = /^[a-z][a-z0-9-]*$/i.test(hostname);
  return (
    isBareName ||
    isLoopback(hostname) ||
    PRIVATE_NAME.test(hostname) ||
    (/^[\d.]+$/.test(hostname) ? PRIVATE_V4.test(hostname) : PRIVATE_V6.test(hostname))
  );
}
