import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";

/** One address of a host. */
export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Resolves a host name. */
export type Resolve = (host: string) => Promise<readonly HostAddress[]>;

/** IPv4 ranges that are not the public internet (IANA special-purpose registry). */
const SPECIAL_4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
/** The same for IPv6, with every range that carries an IPv4 address inside: none of those is needed to reach a receiver. */
const SPECIAL_6: readonly (readonly [string, number])[] = [
  ["::", 96],
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["5f00::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
];

// Two lists: in one, every IPv4 address would be found in the range that IPv6 maps them to.
const special4 = new BlockList();
for (const [net, bits] of SPECIAL_4) special4.addSubnet(net, bits, "ipv4");
const special6 = new BlockList();
for (const [net, bits] of SPECIAL_6) special6.addSubnet(net, bits, "ipv6");

/** Whether an address is one of the public internet. */
export function isPublicAddress({ address, family }: HostAddress): boolean {
  return family === 4 ? !special4.check(address, "ipv4") : !special6.check(address, "ipv6");
}

/**
 * Finds the address that a receiver is reached at: resolved once, checked, and then used as it is, so that a name that
 * changes between the check and the connection reaches nothing inside.
 * @param allowPrivate whether an address of a private network will do
 * @throws Error that names the host when there is no address that may be used
 */
export async function pinnedAddress(
  host: string,
  allowPrivate: boolean,
  resolve: Resolve = resolveByDns,
): Promise<HostAddress> {
  const bare = host.replace(/^\[|\]$/g, "");
  const family = isIP(bare);
  const found = family === 0 ? await resolve(bare) : [{ address: bare, family: family as 4 | 6 }];
  const first = found[0];
  if (first === undefined) throw new Error(`${bare} has no address.`);
  // One private address among public ones is a trap, not a choice.
  if (!allowPrivate && !found.every(isPublicAddress)) {
    throw new Error(`${bare} is not an address of the public internet (server.webhooks[].private: true allows it).`);
  }
  return first;
}

/** Asks the system. */
export async function resolveByDns(host: string): Promise<readonly HostAddress[]> {
  const found = await lookup(host, { all: true, order: "verbatim" });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}
