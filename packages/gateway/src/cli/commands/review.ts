import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { ReviewEntryDetail, ReviewList, ReviewProposal } from "../../admin/review-types.ts";
import { askAdmin } from "../admin/ask-admin.ts";
import {
  type Arguments,
  type Command,
  type CommandContext,
  CommandError,
  textOf,
  UsageError,
  wholeNumberOf,
} from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { actionOf, idOf, momentOf, writeListing, writeOne } from "../listing.ts";

const ACTIONS = ["list", "show", "approve", "edit", "regenerate", "dismiss"] as const;
const STATES = ["waiting", "approved", "edited", "regenerated", "dismissed", "superseded", "all"] as const;
const MOST_LISTED = 200;
/** Characters of a question and an answer in a list. */
const SHOWN = 40;
/** How long the gateway may take, in ms; a live answer takes longer than a look. */
const LOOK_MS = 15_000;
const REGENERATE_MS = 150_000;
/** Standard input. */
const STDIN = 0;

/** `tideover review` */
export const review: Command = {
  name: "review",
  summary: (messages) => messages.review.summary,
  examples: [
    "tideover review list",
    "tideover review show review_9d207e1461b9d18a84752b2cf547d062",
    "tideover review approve review_9d207e1461b9d18a84752b2cf547d062 --by ann",
    'tideover review edit review_9d207e1461b9d18a84752b2cf547d062 --text "A warm lamp for long evenings."',
    "tideover review regenerate review_9d207e1461b9d18a84752b2cf547d062 --preview",
  ],
  flags: (messages) => ({
    action: { type: "positional", required: false, valueHint: ACTIONS.join("|"), description: messages.review.action },
    id: { type: "positional", required: false, valueHint: "entry", description: messages.review.id },
    state: { type: "enum", options: [...STATES], default: "waiting", description: messages.review.stateFlag },
    limit: { type: "string", valueHint: "number", description: messages.review.limitFlag },
    after: { type: "string", valueHint: "entry", description: messages.review.afterFlag },
    text: { type: "string", valueHint: "text", description: messages.review.textFlag },
    file: { type: "string", valueHint: "file", description: messages.review.fileFlag },
    preview: { type: "boolean", description: messages.review.previewFlag },
    by: { type: "string", valueHint: "name", description: messages.review.byFlag },
    url: { type: "string", valueHint: "url", description: messages.urlFlag },
    "admin-key": { type: "string", valueHint: "key", description: messages.adminKeyFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  async run(args, context) {
    const { messages } = context;
    const action = actionOf(args, ACTIONS, messages.review.needsAction);
    if (action === "list") await list(args, context);
    else await one(action, args, context);
    return EXIT.ok;
  },
};

async function list(args: Arguments, context: CommandContext): Promise<void> {
  const { messages } = context;
  const limit = wholeNumberOf(args, "limit", { least: 1, most: MOST_LISTED }, messages);
  const state = textOf(args, "state") ?? "waiting";
  const after = textOf(args, "after");
  const query = new URLSearchParams({
    ...(state === "all" ? {} : { state }),
    ...(limit === undefined ? {} : { limit: String(limit) }),
    ...(after === undefined ? {} : { after }),
  });
  const text = await askAdmin({ method: "GET", path: `review?${query}`, withinMs: LOOK_MS }, args, context);
  writeListing(args, context, text, () => {
    const { entries, next, dropped } = JSON.parse(text) as ReviewList;
    return {
      columns: messages.review.columns,
      rows: entries.map((entry) => [
        entry.id,
        entry.state,
        entry.route,
        String(entry.given),
        momentOf(entry.lastGivenAt),
        short(entry.question),
        short(entry.answer),
      ]),
      none: messages.review.none,
      below: [
        ...(next === undefined ? [] : [messages.review.more(next)]),
        ...(dropped > 0 ? [messages.review.dropped(dropped)] : []),
      ],
    };
  });
}

async function one(
  action: Exclude<(typeof ACTIONS)[number], "list">,
  args: Arguments,
  context: CommandContext,
): Promise<void> {
  const { messages } = context;
  const id = idOf(args, messages.review.needsId(action));
  const path = `review/${encodeURIComponent(id)}`;
  const question =
    action === "show"
      ? ({ method: "GET", path, withinMs: LOOK_MS } as const)
      : ({
          method: "POST",
          path: `${path}/${action}`,
          body: { ...decider(args, context), ...detailsOf(action, args, context) },
          withinMs: action === "regenerate" ? REGENERATE_MS : LOOK_MS,
        } as const);
  const text = await askAdmin(question, args, context);
  writeOne(args, context, text, { isShown: action === "show", line: () => decided(JSON.parse(text), messages) });
}

/** What was decided, with what it led to; of a preview its text alone. */
function decided(answer: ReviewEntryDetail | ReviewProposal, messages: CommandContext["messages"]): string {
  if (!("id" in answer)) return stripVTControlCharacters(answer.text);
  const effect = answer.events.at(-1)?.effect;
  return [messages.review.now(answer.id, answer.state), ...(effect === undefined ? [] : [effect])].join("\n");
}

function decider(args: Arguments, { io }: CommandContext): { by?: string } {
  const by = textOf(args, "by") ?? (io.env.USER || undefined);
  return by === undefined ? {} : { by };
}

/** What an action takes beside the name of whoever decides. @throws UsageError, CommandError */
function detailsOf(action: (typeof ACTIONS)[number], args: Arguments, { io, messages }: CommandContext): object {
  if (action === "regenerate") return { preview: args.preview === true };
  if (action !== "edit") return {};
  const text = textOf(args, "text");
  const file = textOf(args, "file");
  if ((text === undefined) === (file === undefined)) throw new UsageError(messages.review.needsText);
  if (file === undefined) return { text };
  try {
    return { text: readFileSync(file === "-" ? STDIN : resolve(io.folder, file), "utf8").trimEnd() };
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
}

function short(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length <= SHOWN ? line : `${line.slice(0, SHOWN - 1)}…`;
}
