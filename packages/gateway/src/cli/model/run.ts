import { readGeneration } from "../../models/read-generation.ts";
import { textOf } from "../command.ts";
import type { ModelAction } from "../commands/model.ts";
import { EXIT } from "../exit-code.ts";
import { openModel, temperatureOf, tokensOf } from "./model-choice.ts";

/** What is asked when nothing is said. */
const PROMPT = "Say in one sentence what a tide is.";

/** `tideover model run` */
export const run: ModelAction = async (choice, signal, context) => {
  const { io, messages } = context;
  const { args } = choice;
  const json = args.json === true;
  const request = {
    messages: [{ role: "user", content: textOf(args, "prompt") ?? PROMPT }],
    maxTokens: tokensOf(choice, context),
    temperature: temperatureOf(choice, context),
    stop: [],
    json: false,
  };
  const { model } = openModel(choice, context, (event) => {
    if (event.type !== "model-loaded" || event.facts.fellBack === undefined) return;
    io.stderr.write(`${messages.model.fellBack(event.facts.device, event.facts.fellBack)}\n`);
  });
  const texts = { content: "", reasoning: "" };
  try {
    const facts = await readGeneration(model, request, signal, ({ kind, text }) => {
      texts[kind] += text;
      // Reasoning goes to standard error, so that standard output holds the answer alone.
      if (!json) (kind === "content" ? io.stdout : io.stderr).write(text);
    });
    io.stdout.write(json ? `${JSON.stringify({ model: choice.name, ...texts, ...facts })}\n` : "\n");
    return EXIT.ok;
  } finally {
    await model.close();
  }
};
