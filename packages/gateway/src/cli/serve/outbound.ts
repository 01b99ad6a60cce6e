import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ResolvedServer } from "tideover/config";
import {
  createNodeTransport,
  type NodeTransport,
  type ProxySettings,
  proxyFromEnvironment,
} from "../../transport/index.ts";
import { CommandError } from "../command.ts";
import type { Messages } from "../messages/index.ts";

/**
 * The connections to providers as the configuration wants them: through which proxy, trusting which authorities.
 * @param folder that relative certificate files are found from: the configuration file's.
 * @throws CommandError for a certificate file or a proxy address that cannot be used.
 */
export async function outboundTransport(
  { proxy, ca }: Pick<ResolvedServer, "proxy" | "ca">,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  messages: Messages,
): Promise<NodeTransport> {
  const certificates = await Promise.all(ca.map((file) => readCertificate(resolve(folder, file), file, messages)));
  const settings = proxySettings({ proxy }, env);
  try {
    return createNodeTransport({ proxy: settings, ca: certificates.length === 0 ? undefined : certificates });
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
}

/** `server.proxy` as it is meant; undefined: there is none. */
export function proxySettings(
  { proxy }: Pick<ResolvedServer, "proxy">,
  env: Readonly<Record<string, string | undefined>>,
): ProxySettings | undefined {
  if (proxy === "environment") return proxyFromEnvironment(env);
  return proxy === "off" ? undefined : { http: proxy, https: proxy };
}

async function readCertificate(path: string, file: string, messages: Messages): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new CommandError(messages.caUnreadable(file, error instanceof Error ? error.message : String(error)));
  }
}
