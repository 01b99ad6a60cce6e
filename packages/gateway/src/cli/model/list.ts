import { formatBytes } from "../../models/format-bytes.ts";
import { listModels } from "../../models/manifest.ts";
import type { ModelAction } from "../commands/model.ts";
import { EXIT } from "../exit-code.ts";
import { tableLines } from "../table.ts";

/** `tideover model list` */
export const list: ModelAction = async ({ models, args }, _signal, { io, messages }) => {
  const found = await listModels(models);
  if (args.json === true) {
    const entries = found.map(({ files: _, ...model }) => model);
    io.stdout.write(`${JSON.stringify({ folder: models, models: entries })}\n`);
  } else if (found.length === 0) io.stdout.write(`${messages.model.none(models)}\n`);
  else {
    const rows = found.map(({ repository, dtypes, bytes, folder }) => [
      repository,
      dtypes.join(", "),
      formatBytes(bytes),
      folder,
    ]);
    io.stdout.write(`${tableLines([messages.model.columns, ...rows]).join("\n")}\n`);
  }
  return EXIT.ok;
};
