import { checkReport, formatCheck } from "../../config/index.ts";
import { type Command, CommandError, textOf } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { findConfiguration } from "../serve/find-configuration.ts";

/** `tideover check` */
export const check: Command = {
  name: "check",
  summary: (messages) => messages.checkSummary,
  examples: ["tideover check", "tideover check --config staging.yaml --json"],
  flags: (messages) => ({
    config: { type: "string", valueHint: "file", description: messages.configFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  async run(args, { io, messages, language }) {
    const found = await findConfiguration(textOf(args, "config"), io.folder, io.env);
    if (found.from === "nothing") throw new CommandError(messages.nothingToCheck);
    const name = found.from === "file" ? { file: found.shownAs } : {};
    if (args.json === true) io.stdout.write(`${JSON.stringify(checkReport(found.configuration), undefined, 2)}\n`);
    else {
      const text = formatCheck(found.configuration, { ...name, language });
      ("issues" in found.configuration ? io.stderr : io.stdout).write(text);
    }
    return "issues" in found.configuration ? EXIT.failed : EXIT.ok;
  },
};
