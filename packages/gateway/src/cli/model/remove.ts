import { confirm } from "@clack/prompts";
import { formatBytes } from "../../models/format-bytes.ts";
import { readManifest, removeModel } from "../../models/manifest.ts";
import { CommandError, UsageError } from "../command.ts";
import type { ModelAction } from "../commands/model.ts";
import { EXIT } from "../exit-code.ts";

/** `tideover model remove` */
export const remove: ModelAction = async ({ name, folder, args }, _signal, { io, messages }) => {
  // Only what `pull` made is deleted: a folder without its manifest is somebody else's.
  const manifest = await readManifest(folder);
  if (manifest === undefined) throw new CommandError(messages.model.notInstalled(name));
  const bytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
  if (args.yes !== true) {
    if (!io.interactive) throw new UsageError(messages.model.removeNeedsYes);
    if ((await confirm({ message: messages.model.removeQuestion(name, formatBytes(bytes)) })) !== true) {
      io.stderr.write(`${messages.model.kept}\n`);
      return EXIT.failed;
    }
  }
  await removeModel(folder);
  io.stdout.write(
    args.json === true
      ? `${JSON.stringify({ model: name, removed: true, bytes })}\n`
      : `${messages.model.removed(name)}\n`,
  );
  return EXIT.ok;
};
