import { isLoopback, type ResolvedConfig } from "tideover/config";
import { CommandError } from "../command.ts";
import type { Messages } from "../messages/index.ts";

/** What the command line says about the listening socket; it wins over the configuration, after reloads too. */
export interface ListenOverrides {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

/**
 * The configuration with the command line's host and port.
 * @throws CommandError when the host can be reached by others while no key is asked of them.
 */
export function withOverrides(config: ResolvedConfig, overrides: ListenOverrides, messages: Messages): ResolvedConfig {
  const { host = config.server.host, port = config.server.port } = overrides;
  if (!isLoopback(host) && config.server.keys.length === 0 && !config.server.open) {
    throw new CommandError(messages.notLoopback(host));
  }
  return { ...config, server: { ...config.server, host, port } };
}
