import type { Log } from "../logging/index.ts";
import { StoreSettingsError } from "./store-address.ts";

/**
 * Loads what speaks to a server, whose client is an optional peer: most installations need none of them.
 * @param setting that asks for it: `stores.jobs`
 * @throws StoreSettingsError that says what to install
 */
export async function loadClient<Module>(
  setting: string,
  client: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (code !== "ERR_MODULE_NOT_FOUND" || !String(message).includes(`'${client}'`)) throw error;
    throw new StoreSettingsError(
      `${setting} needs the package ${client}, which is not installed: npm install ${client}`,
    );
  }
}

/**
 * What tells the log when a server comes and goes.
 * @param what names it in the events: `job-store`
 * @param meanwhile what happens while it is away, in a sentence
 */
export function tellsLog(log: Log, what: string, meanwhile: string) {
  return ({ up, why }: { readonly up: boolean; readonly why: string }) => {
    if (up) log.info({ event: `${what}-connected` }, why);
    else log.warn({ event: `${what}-lost` }, `${why} ${meanwhile}`);
  };
}
