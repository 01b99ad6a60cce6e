import { dirname } from "node:path";
import type { PurgeSelection } from "tideover/engine";
import { SILENT_LOG } from "../../logging/index.ts";
import { openStores } from "../../stores/open-stores.ts";
import { systemClock } from "../../system.ts";
import { askGateway } from "../admin/ask-admin.ts";
import { type Command, type CommandContext, CommandError, textOf, UsageError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { addressOf, answers, gatewayAddress } from "../running-gateway.ts";
import { findConfiguration } from "../serve/find-configuration.ts";
import { refusal } from "../serve/refusal.ts";

/** How long a purge may take, in ms: of a large store it takes seconds. */
const PURGE_MS = 120_000;
const MEMBERS = ["key", "route", "tag", "tenant", "model"] as const;

type Arguments = Parameters<Command["run"]>[0];

/** `tideover cache purge` */
export const cache: Command = {
  name: "cache",
  summary: (messages) => messages.cacheSummary,
  examples: ["tideover cache purge --route product-copy", "tideover cache purge --tenant shop --tag spring --json"],
  flags: (messages) => ({
    action: { type: "positional", required: false, valueHint: "purge", description: messages.cacheAction },
    key: { type: "string", valueHint: "hash", description: messages.purgeBy.key },
    route: { type: "string", valueHint: "name", description: messages.purgeBy.route },
    tag: { type: "string", valueHint: "tag", description: messages.purgeBy.tag },
    tenant: { type: "string", valueHint: "name", description: messages.purgeBy.tenant },
    model: { type: "string", valueHint: "name", description: messages.purgeBy.model },
    url: { type: "string", valueHint: "url", description: messages.urlFlag },
    "admin-key": { type: "string", valueHint: "key", description: messages.adminKeyFlag },
    config: { type: "string", valueHint: "file", description: messages.configFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  async run(args, context) {
    const { io, messages } = context;
    if (textOf(args, "action") !== "purge") throw new UsageError(messages.cacheNeedsPurge);
    const selection: PurgeSelection = Object.fromEntries(
      MEMBERS.map((name) => [name, textOf(args, name)]).filter(([, value]) => value !== undefined),
    );
    if (Object.keys(selection).length === 0) throw new UsageError(messages.purgeWhat);
    const purged = await purge(selection, args, context);
    io.stdout.write(`${args.json === true ? JSON.stringify({ purged }) : messages.purged(purged)}\n`);
    return EXIT.ok;
  },
};

/** Asks the running gateway, whose memory has to forget too; where none runs, the store itself. */
async function purge(selection: PurgeSelection, args: Arguments, context: CommandContext): Promise<number> {
  const { io, messages } = context;
  const given = textOf(args, "url");
  const adminKey = textOf(args, "admin-key") ?? io.env.TIDEOVER_ADMIN_KEY;
  if (given !== undefined) return purgeThrough(gatewayAddress(given, messages), selection, adminKey, context);
  const found = await findConfiguration(textOf(args, "config"), io.folder, io.env);
  if (found.from === "nothing") throw new CommandError(messages.nothingToCheck);
  const { configuration } = found;
  if ("issues" in configuration) throw new CommandError(refusal(configuration.issues, found, messages));
  const url = addressOf(configuration);
  const key = adminKey ?? configuration.config.server.adminKey;
  if (await answers(url)) return purgeThrough(url, selection, key, context);
  const folder = found.from === "file" ? dirname(found.path) : io.folder;
  return purgeStore({ config: configuration.config, folder }, selection);
}

async function purgeThrough(
  url: string,
  selection: PurgeSelection,
  key: string | undefined,
  context: CommandContext,
): Promise<number> {
  const path = `cache?${new URLSearchParams(Object.entries(selection)).toString()}`;
  const answer = await askGateway({ url, key }, { method: "DELETE", path, withinMs: PURGE_MS }, context);
  return (JSON.parse(answer) as { readonly purged: number }).purged;
}

async function purgeStore(
  { config, folder }: Pick<Parameters<typeof openStores>[0], "config" | "folder">,
  selection: PurgeSelection,
): Promise<number> {
  try {
    const what = "tideover cache purge";
    const stores = await openStores({ config, folder, what, clock: systemClock, log: SILENT_LOG });
    try {
      await stores.ready();
      return (await stores.answers?.purge(selection)) ?? 0;
    } finally {
      await stores.close();
    }
  } catch (error) {
    if (error instanceof Error && /^(StoreSettings|Store)Error$|^RedisUnavailable$/.test(error.name)) {
      throw new CommandError(error.message);
    }
    throw error;
  }
}
