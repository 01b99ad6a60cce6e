import { readManifest, verifyFiles } from "../../models/manifest.ts";
import { CommandError } from "../command.ts";
import type { ModelAction } from "../commands/model.ts";
import { EXIT } from "../exit-code.ts";
import { tableLines } from "../table.ts";

/** `tideover model verify` */
export const verify: ModelAction = async ({ name, folder, args }, _signal, { io, messages }) => {
  const manifest = await readManifest(folder);
  if (manifest === undefined) throw new CommandError(messages.model.notInstalled(name));
  const checks = await verifyFiles(folder, manifest.files);
  const ok = checks.every(({ result }) => result === "good" || result === "no-checksum");
  if (args.json === true) io.stdout.write(`${JSON.stringify({ model: name, ok, files: checks })}\n`);
  else {
    const rows = checks.map(({ path, result }) => [path, messages.model.results[result]]);
    const verdict = ok ? messages.model.allGood(checks.length) : messages.model.someBad(name);
    io.stdout.write(`${[...tableLines([messages.model.checkColumns, ...rows]), verdict].join("\n")}\n`);
  }
  return ok ? EXIT.ok : EXIT.failed;
};
