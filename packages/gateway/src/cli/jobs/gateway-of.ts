import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { loadConfig } from "../../config/index.ts";
import { type Arguments, type CommandContext, textOf } from "../command.ts";
import { addressOf, gatewayAddress } from "../running-gateway.ts";
import { USUAL_FILE } from "../serve/find-configuration.ts";

const USUAL_URL = "http://127.0.0.1:8787";

/** Where the gateway is that a command means: `--url`, else as `tideover.yaml` says, else the usual place. */
export async function gatewayOf(args: Arguments, { io, messages }: CommandContext): Promise<string> {
  const given = textOf(args, "url");
  if (given !== undefined) return gatewayAddress(given, messages);
  const path = resolve(io.folder, USUAL_FILE);
  if (!existsSync(path)) return USUAL_URL;
  const loaded = await loadConfig(path, io.env);
  return "issues" in loaded ? USUAL_URL : addressOf(loaded);
}
