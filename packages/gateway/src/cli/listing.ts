import { printable } from "../doctor/printable.ts";
import { type Arguments, type CommandContext, textOf, UsageError } from "./command.ts";
import { tableLines } from "./table.ts";

/** What a list of the gateway's things is for people. */
interface Listing {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** In place of a table without rows. */
  readonly none: string;
  /** Lines below it. */
  readonly below: readonly string[];
}

/** Which of its actions a command was asked for. @throws UsageError where that is none of them */
export function actionOf<Action extends string>(
  args: Arguments,
  actions: readonly Action[],
  needs: (known: string) => string,
): Action {
  const asked = textOf(args, "action");
  const action = actions.find((known) => known === asked);
  if (action === undefined) throw new UsageError(needs(actions.join(", ")));
  return action;
}

/** What a command's action is about. @throws UsageError where nothing is named */
export function idOf(args: Arguments, needs: string): string {
  const id = textOf(args, "id");
  if (id === undefined) throw new UsageError(needs);
  return id;
}

/** Writes a list as a table, or where `--json` is given the gateway's own text. */
export function writeListing(args: Arguments, { io }: CommandContext, json: string, listing: () => Listing): void {
  if (args.json === true) {
    io.stdout.write(`${json}\n`);
    return;
  }
  const { columns, rows, none, below } = listing();
  // Callers wrote some of it: a model's name, a question.
  const cells = rows.map((row) => row.map((cell) => printable(cell)));
  const lines = rows.length === 0 ? [none] : tableLines([columns, ...cells]);
  io.stdout.write(`${[...lines, ...below].join("\n")}\n`);
}

/** Writes one thing: the gateway's own text where `--json` is given, all of it where it is to be shown, else a line. */
export function writeOne(
  args: Arguments,
  { io }: CommandContext,
  json: string,
  said: { readonly isShown: boolean; line(): string },
): void {
  if (args.json === true) io.stdout.write(`${json}\n`);
  else if (said.isShown) io.stdout.write(`${JSON.stringify(JSON.parse(json), undefined, 2)}\n`);
  else io.stdout.write(`${said.line()}\n`);
}

/** A moment (ms since the Unix epoch) for people, to the second, in UTC. */
export function momentOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}
