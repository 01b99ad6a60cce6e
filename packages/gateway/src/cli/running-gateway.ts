import type { LoadedConfig } from "tideover/config";
import { localUrl } from "../server/listen.ts";
import { UsageError } from "./command.ts";
import type { Messages } from "./messages/index.ts";

/** How long a sign of life is waited for, in ms. */
const PROBE_MS = 2_000;

/** The address of a gateway as it was given. @throws UsageError for one that cannot be */
export function gatewayAddress(given: string, messages: Messages): string {
  if (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol)) return given.replace(/\/+$/, "");
  throw new UsageError(messages.notAUrl("--url", given));
}

/** Where the gateway of a configuration listens, seen from this machine. */
export function addressOf({ config }: LoadedConfig): string {
  return localUrl(config.server.host, config.server.port);
}

/** Whether a gateway of ours answers there. Never rejects. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PROBE_MS) });
    await response.body?.cancel();
    return response.status === 200 && response.headers.has("tideover-request-id");
  } catch {
    // Nothing listens, or something that does not speak HTTP: either way no gateway.
    return false;
  }
}
