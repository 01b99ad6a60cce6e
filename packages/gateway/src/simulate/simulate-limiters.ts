import { beatenIn, compareLimiters, LIMITER_CONDITIONS, limiterRows } from "@tideover/simulator";
import type { CommandContext } from "../cli/command.ts";
import { EXIT, type ExitCode } from "../cli/exit-code.ts";
import { tableLines } from "../cli/table.ts";
import type { SimulateMessages } from "./simulate-messages.ts";

/** Compares limiters and prints the table; fails when another than ours is the best. */
export async function simulateLimiters(
  seeds: readonly number[],
  json: boolean,
  { io }: Pick<CommandContext, "io">,
  words: SimulateMessages,
): Promise<ExitCode> {
  const reports = await compareLimiters({
    seeds,
    onRun: (limiter) => {
      if (io.stderr.isTTY === true) io.stderr.write(`${limiter} ...\n`);
    },
  });
  const beaten = beatenIn(reports);
  const verdict = beaten.length === 0 ? words.limitersBest : words.limitersBeaten(beaten.join("; "));
  const legend = LIMITER_CONDITIONS.map(({ name, description }) => `  ${name}: ${description}`);
  const text = [words.limitersTitle(seeds.join(", ")), ...tableLines(limiterRows(reports)), ...legend, verdict];
  io.stdout.write(json ? `${JSON.stringify({ seeds, reports, beaten })}\n` : `${text.join("\n")}\n`);
  return beaten.length === 0 ? EXIT.ok : EXIT.failed;
}
