import type { KeptOfTenant, TenantErasure } from "../../admin/api-types.ts";
import { askAdmin } from "../admin/ask-admin.ts";
import { type Command, textOf, UsageError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { tableLines } from "../table.ts";

/** How long the gateway may take, in ms: it writes its databases anew, which takes minutes for large ones. */
const ERASE_MS = 600_000;

/** `tideover erase` */
export const erase: Command = {
  name: "erase",
  summary: (messages) => messages.erase.summary,
  examples: ["tideover erase shop --yes", "tideover erase shop --yes --json"],
  flags: (messages) => ({
    tenant: { type: "positional", required: false, valueHint: "tenant", description: messages.erase.tenant },
    yes: { type: "boolean", description: messages.erase.yesFlag },
    url: { type: "string", valueHint: "url", description: messages.urlFlag },
    "admin-key": { type: "string", valueHint: "key", description: messages.adminKeyFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  async run(args, context) {
    const { io, messages } = context;
    const { erase: words } = messages;
    const tenant = textOf(args, "tenant");
    if (tenant === undefined) throw new UsageError(words.needsTenant);
    if (args.yes !== true) throw new UsageError(words.needsYes(tenant));
    const path = `tenants/${encodeURIComponent(tenant)}`;
    const text = await askAdmin({ method: "DELETE", path, withinMs: ERASE_MS }, args, context);
    if (args.json === true) {
      io.stdout.write(`${text.trimEnd()}\n`);
      return EXIT.ok;
    }
    const erased = JSON.parse(text) as TenantErasure;
    const kinds = Object.keys(words.kinds) as KeptOfTenant[];
    const rows = kinds.map((kind) => [String(erased[kind]), words.kinds[kind]]);
    const elsewhere = (erased.notReachedElsewhere ?? []).map((kind) => words.kinds[kind]);
    const more = elsewhere.length === 0 ? [] : ["", words.elsewhere(tenant, elsewhere)];
    io.stdout.write(`${[words.erased(tenant, elsewhere.length === 0), ...tableLines(rows), ...more].join("\n")}\n`);
    return EXIT.ok;
  },
};
