import type { ForecastApply, ForecastChange } from "../../admin/forecast-types.ts";
import { askAdmin } from "../admin/ask-admin.ts";
import { type Arguments, type CommandContext, CommandError, textOf } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";

/** How long the gateway may take, in ms: it forecasts anew, and reads its configuration. */
const ANSWER_MS = 60_000;

/**
 * Shows the change that a recommendation means and, unless told not to, writes it.
 * @throws CommandError where the gateway cannot write it, with the lines to write by hand
 */
export async function applyRecommendation(id: string, args: Arguments, context: CommandContext): Promise<ExitCode> {
  const { io, messages, language } = context;
  const { forecast: words } = messages;
  const path = `forecast/change?${new URLSearchParams({ id })}`;
  const text = await askAdmin({ method: "GET", path, withinMs: ANSWER_MS }, args, context);
  const { file, changes, blocked, snippet, digest } = JSON.parse(text) as ForecastChange;
  const isJson = args.json === true;
  if (!isJson && changes.length > 0) {
    const lines = changes.map(({ section, name, setting, before, after }) => {
      const place = [section, name, setting].filter((part) => part !== "").join(" ");
      return `  ${place}: ${before ?? words.absent} > ${after ?? words.absent}`;
    });
    io.stdout.write(`${[words.changesOf(file ?? ""), ...lines].join("\n")}\n`);
  }
  if (args["dry-run"] === true) {
    const byHand = blocked === undefined ? [] : [blocked[language], words.byHand, snippet.trimEnd()];
    if (isJson) io.stdout.write(`${text}\n`);
    else if (byHand.length > 0) io.stdout.write(`${byHand.join("\n")}\n`);
    return EXIT.ok;
  }
  if (blocked !== undefined) throw new CommandError(`${blocked[language]}\n${words.byHand}\n${snippet.trimEnd()}`);
  const by = textOf(args, "by") ?? (io.env.USER || undefined);
  const body: ForecastApply = { id, digest, ...(by === undefined ? {} : { by }) };
  const done = await askAdmin({ method: "POST", path: "forecast/apply", body, withinMs: ANSWER_MS }, args, context);
  io.stdout.write(isJson ? `${done.trimEnd()}\n` : `${words.applied(file ?? "")}\n`);
  return EXIT.ok;
}
