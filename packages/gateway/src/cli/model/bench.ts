import { benchModel } from "../../models/bench-model.ts";
import { formatBytes } from "../../models/format-bytes.ts";
import { systemClock } from "../../system.ts";
import { textOf } from "../command.ts";
import type { ModelAction } from "../commands/model.ts";
import { EXIT } from "../exit-code.ts";
import { tableLines } from "../table.ts";
import { openModel, tokensOf } from "./model-choice.ts";

/** Some 100 tokens, the length of a usual question. */
const PROMPT = "The tide rises and falls twice a day. ".repeat(10);

/** `tideover model bench` */
export const bench: ModelAction = async (choice, signal, context) => {
  const { io, messages } = context;
  const { model, threads } = openModel(choice, context);
  const request = {
    messages: [{ role: "user", content: textOf(choice.args, "prompt") ?? PROMPT }],
    maxTokens: tokensOf(choice, context),
    temperature: 0,
    stop: [],
    json: false,
  };
  try {
    const memory = () => model.memoryBytes;
    const result = await benchModel(model, request, { clock: systemClock, memory, signal });
    if (choice.args.json === true) {
      io.stdout.write(`${JSON.stringify({ model: choice.name, threads, ...result })}\n`);
      return EXIT.ok;
    }
    const { benchRows: rows, tokensIn, perSecond, fellBack } = messages.model;
    if (result.fellBack !== undefined) io.stderr.write(`${fellBack(result.device, result.fellBack)}\n`);
    const table = [
      [rows.model, choice.name],
      [rows.device, result.device],
      [rows.threads, String(threads)],
      [rows.load, `${Math.round(result.loadMs)} ms`],
      [rows.promptTokens, tokensIn(result.promptTokens)],
      [rows.firstToken, `${Math.round(result.firstTokenMs)} ms`],
      [rows.speed, perSecond(result.tokensPerSecond.toFixed(1))],
      [rows.memory, formatBytes(result.memoryBytes)],
    ];
    io.stdout.write(`${tableLines(table, "").join("\n")}\n`);
    return EXIT.ok;
  } finally {
    await model.close();
  }
};
