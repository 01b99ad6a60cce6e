import type { Call, CallRequest } from "../../call.ts";
import type { Hash } from "../../hash.ts";
import { canonicalRequest } from "./canonical-request.ts";

/** Changes whenever canonical requests or stored answers get another meaning: older entries are then never met. */
const POLICY_FORM = 1;

/** Makes the keys under which the answers of one route are stored and shared. */
export interface RequestKeys {
  /** 64 hexadecimal digits: the same for the same request of the same tenant, and for no other. */
  keyOf(call: Call): string;
}

interface Keyed {
  readonly digest: string;
  /** The last key that was made of it: callers who repeat a request mostly are of one tenant. */
  last?: { readonly tenant: string; readonly key: string };
}

/**
 * The keys of a route: SHA-256 over tenant, route, policy and canonical request. What is worked out of a request is
 * remembered with the request object, so that a front that remembers parsed bodies pays for it once.
 * @param policy what else an answer depends on (the providers and their models): another policy has other keys
 */
export function requestKeys(route: string, policy: string, hash: Hash): RequestKeys {
  const known = new WeakMap<CallRequest, Keyed>();
  const scope = hash(JSON.stringify([POLICY_FORM, route, policy]));
  return {
    keyOf({ request, tenant }) {
      let keyed = known.get(request);
      if (keyed === undefined) {
        keyed = { digest: hash(canonicalRequest(request)) };
        known.set(request, keyed);
      }
      if (keyed.last?.tenant === tenant) return keyed.last.key;
      const key = hash(JSON.stringify([scope, tenant, keyed.digest]));
      keyed.last = { tenant, key };
      return key;
    },
  };
}
