import { createHash } from "node:crypto";
import type { RedisClient } from "./redis-link.ts";

/** A Lua script, known to Redis by its hash. */
export interface RedisScript {
  readonly lua: string;
  readonly sha: string;
}

/** Names a script. */
export function script(lua: string): RedisScript {
  return { lua, sha: createHash("sha1").update(lua).digest("hex") };
}

/** Runs a script by its hash, and with its text where Redis does not know it yet (or any more). */
export async function runScript(
  client: RedisClient,
  { lua, sha }: RedisScript,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return client.eval(lua, keys.length, ...keys, ...args);
  }
}
