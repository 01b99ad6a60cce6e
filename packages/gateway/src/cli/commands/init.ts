import { relative, resolve } from "node:path";
import { findPreset, listPresets } from "tideover/providers";
import { type Arguments, type Command, textOf, UsageError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { askChoices, type Choices, isBaseUrl, needsBaseUrl } from "../init/ask.ts";
import { newConfigText } from "../init/write-config.ts";
import type { Messages } from "../messages/index.ts";
import { nearestName } from "../nearest.ts";
import { USUAL_FILE } from "../serve/find-configuration.ts";
import { tableLines } from "../table.ts";
import { writeNewFile } from "../write-new-file.ts";

/** `tideover init` */
export const init: Command = {
  name: "init",
  summary: (messages) => messages.initSummary,
  examples: ["tideover init", "tideover init --preset deepseek --output shop.yaml --yes"],
  flags: (messages) => ({
    preset: { type: "string", valueHint: "name", description: messages.presetFlag },
    "base-url": { type: "string", valueHint: "url", description: messages.baseUrlFlag },
    output: { type: "string", valueHint: "file", description: messages.outputFlag },
    yes: { type: "boolean", description: messages.yesFlag },
    force: { type: "boolean", description: messages.forceFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  details: (messages) =>
    [
      `${messages.presetsTitle}:`,
      ...tableLines(
        listPresets().map(({ preset, title, apiKeyEnvironment }) => [preset, title, apiKeyEnvironment[0] ?? ""]),
      ),
    ].join("\n"),
  async run(args, { io, messages }) {
    const path = resolve(io.folder, textOf(args, "output") ?? USUAL_FILE);
    const file = relative(io.folder, path) || path;
    const decided = args.yes === true || textOf(args, "preset") !== undefined;
    if (!decided && !io.interactive) throw new UsageError(messages.initNotATerminal);
    const choices = decided ? choicesFrom(args, messages) : await askChoices(messages);
    if (choices === undefined) {
      io.stderr.write(`${messages.initCancelled}\n`);
      return EXIT.failed;
    }
    const variable = findPreset(choices.preset)?.apiKeyEnvironment[0];
    const text = newConfigText({ ...choices, keyVariable: variable }, messages);
    await writeNewFile(path, text, args.force === true, { file, messages });
    if (args.json === true) {
      io.stdout.write(`${JSON.stringify({ file, preset: choices.preset, keyVariable: variable ?? null })}\n`);
    } else {
      const isSet = variable === undefined || (io.env[variable] ?? "") !== "";
      io.stdout.write(`${messages.written(file)}\n${isSet ? messages.nextServe : messages.nextSetKey(variable)}\n`);
    }
    return EXIT.ok;
  },
};

function choicesFrom(args: Arguments, messages: Messages): Choices {
  const name = textOf(args, "preset") ?? "deepseek";
  const preset = findPreset(name);
  if (preset === undefined) {
    const known = listPresets().map((entry) => entry.preset);
    throw new UsageError(messages.unknownPreset(name, nearestName(name, known)));
  }
  const baseUrl = textOf(args, "base-url");
  if (baseUrl === undefined && needsBaseUrl(preset.baseUrl)) {
    throw new UsageError(messages.needsBaseUrl(name, preset.baseUrl === undefined ? "" : ` ${preset.baseUrl}`));
  }
  if (baseUrl !== undefined && !isBaseUrl(baseUrl)) throw new UsageError(messages.notAUrl("--base-url", baseUrl));
  return { preset: name, baseUrl, template: messages.initTemplateDefault };
}
