import type { Clock, FlightLedger } from "tideover/engine";
import { RedisFlightLedger } from "tideover/runtime";
import { LOOK_AGAIN_MS } from "./defaults.ts";
import type { RedisChannels } from "./redis-channels.ts";
import type { RedisLink } from "./redis-link.ts";
import { type RedisScript, runScript, script } from "./run-script.ts";

/** Flights in a Redis that is connected to. */
export function redisFlightLedger(link: RedisLink, channels: RedisChannels, clock: Clock): FlightLedger {
  // By text; the ledger has a handful.
  const scripts = new Map<string, RedisScript>();
  const known = (lua: string): RedisScript => {
    const named = scripts.get(lua) ?? script(lua);
    scripts.set(lua, named);
    return named;
  };
  const redis = {
    prefix: link.prefix,
    lookAgainMs: LOOK_AGAIN_MS,
    run: (lua: string, keys: readonly string[], args: readonly (string | number)[]) =>
      link.call((client) => runScript(client, known(lua), keys, args)),
    listen: (channel: string, told: () => void) => channels.listen(channel, told),
  };
  return new RedisFlightLedger(redis, clock);
}
