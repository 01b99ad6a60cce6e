import { formatBytes } from "../../models/format-bytes.ts";
import { HUB_NAMES, hubOf } from "../../models/hub.ts";
import { ProgressLine } from "../../models/progress-line.ts";
import { pullModel } from "../../models/pull-model.ts";
import { systemClock } from "../../system.ts";
import { textOf } from "../command.ts";
import type { ModelAction } from "../commands/model.ts";
import { EXIT } from "../exit-code.ts";
import { outboundTransport } from "../serve/outbound.ts";
import { dtypeOf } from "./model-choice.ts";

/** `tideover model pull` */
export const pull: ModelAction = async (choice, signal, { io, messages }) => {
  const { name, folder, args } = choice;
  const json = args.json === true;
  const dtype = dtypeOf(choice);
  const hub = hubOf(HUB_NAMES.find((one) => one === args.from) ?? "huggingface", io.env);
  const transport = await outboundTransport({ proxy: "environment", ca: [] }, io.folder, io.env, messages);
  if (!json) io.stderr.write(`${messages.model.pulling(name, dtype, hub.endpoint)}\n`);
  const line = new ProgressLine(io.stderr, systemClock);
  try {
    const { manifest, fetchedBytes } = await pullModel({
      hub,
      repository: name,
      revision: textOf(args, "revision"),
      dtype,
      folder,
      transport,
      clock: systemClock,
      signal,
      onProgress(progress) {
        if (!json) line.tell(progress);
      },
    }).finally(() => line.end());
    if (json) io.stdout.write(`${JSON.stringify({ ...manifest, folder, fetchedBytes })}\n`);
    else {
      const { upToDate, pulled, useIt } = messages.model;
      const done = fetchedBytes === 0 ? upToDate(name, folder) : pulled(name, formatBytes(fetchedBytes), folder);
      io.stdout.write(`${done}\n${useIt(name, dtype)}\n`);
    }
    return EXIT.ok;
  } finally {
    await transport.close();
  }
};
