import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { failure, isFailure } from "tideover/engine";
import type { StatusAnswer } from "../../admin/api-types.ts";
import { loadConfig } from "../../config/index.ts";
import { localUrl } from "../../server/listen.ts";
import { createNodeTransport, type NodeTransport } from "../../transport/index.ts";
import { type Command, type CommandContext, textOf, UsageError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import type { Messages } from "../messages/index.ts";
import { readText } from "../read-text.ts";
import { USUAL_FILE } from "../serve/find-configuration.ts";
import { readServiceStatus } from "../status/service-status.ts";
import { tableLines } from "../table.ts";

/** How long an answer is waited for, in ms. */
const WAIT_MS = 5_000;
const MOST_BYTES = 64 * 1024;
const USUAL_URL = "http://127.0.0.1:8787";

interface Probe {
  readonly check: string;
  readonly ok: boolean;
  readonly result: string;
  readonly details: string;
}

/** `tideover status` */
export const status: Command = {
  name: "status",
  summary: (messages) => messages.statusSummary,
  examples: ["tideover status", "tideover status --url http://127.0.0.1:8787 --json"],
  flags: (messages) => ({
    url: { type: "string", valueHint: "url", description: messages.urlFlag },
    json: { type: "boolean", description: messages.jsonFlag },
  }),
  async run(args, context) {
    const { io, messages } = context;
    const url = await gatewayUrl(textOf(args, "url"), context);
    const transport = createNodeTransport();
    try {
      const alive = await probe(transport, url, "/healthz", messages.alive, messages);
      const ready = await probe(transport, url, "/readyz", messages.ready, messages);
      const service = alive.ok ? await serviceStatus(transport, url) : undefined;
      const ok = alive.ok && ready.ok;
      if (args.json === true)
        io.stdout.write(
          `${JSON.stringify({ url, ok, alive: alive.ok, ready: ready.ok, level: service?.level, routes: service?.routes, details: [alive, ready].map(({ check, details }) => ({ check, details })) })}\n`,
        );
      else {
        const rows = [alive, ready].map(({ check, result, details }) => [check, result, details]);
        const levels = (service?.routes ?? []).map(({ name, level, since }) => [
          messages.routeLevel(name),
          messages.levels[level],
          messages.since(new Date(since * 1_000).toISOString()),
        ]);
        io.stdout.write(`${[url, ...tableLines([messages.statusColumns, ...rows, ...levels])].join("\n")}\n`);
      }
      return ok ? EXIT.ok : EXIT.failed;
    } finally {
      await transport.close();
    }
  },
};

async function gatewayUrl(given: string | undefined, { io, messages }: CommandContext): Promise<string> {
  if (given !== undefined) {
    if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
      throw new UsageError(messages.notAUrl("--url", given));
    }
    return given.replace(/\/+$/, "");
  }
  const path = resolve(io.folder, USUAL_FILE);
  if (!existsSync(path)) return USUAL_URL;
  const loaded = await loadConfig(path, io.env);
  return "issues" in loaded ? USUAL_URL : localUrl(loaded.config.server.host, loaded.config.server.port);
}

async function probe(
  transport: NodeTransport,
  url: string,
  path: string,
  fine: string,
  messages: Messages,
): Promise<Probe> {
  const late = failure("deadline", "no-answer", messages.noAnswer(WAIT_MS / 1000));
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(late), WAIT_MS);
  const failed = (result: string, details: string): Probe => ({ check: path, ok: false, result, details });
  try {
    const response = await transport.send({ method: "GET", url: `${url}${path}`, headers: {} }, abort.signal);
    if (response.type === "failure") {
      const refused = response.reason === "connection-refused";
      return failed(messages.unreachable, refused ? messages.nothingListens : response.message);
    }
    const text = await readText(response.body, MOST_BYTES, abort.signal);
    if (isFailure(text)) return failed(messages.unreachable, text.message);
    if (response.status === 200) return { check: path, ok: true, result: fine, details: "" };
    const reasons = reasonsIn(text);
    if (response.status === 503 && reasons !== undefined) return failed(messages.notReady, reasons);
    return failed(messages.unreachable, messages.notTideover(response.status));
  } finally {
    clearTimeout(timer);
  }
}

/** The levels of the routes; undefined where the gateway does not tell them. */
async function serviceStatus(transport: NodeTransport, url: string): Promise<StatusAnswer | undefined> {
  const signal = AbortSignal.timeout(WAIT_MS);
  const response = await transport.send({ method: "GET", url: `${url}/v1/status`, headers: {} }, signal);
  if (response.type === "failure") return undefined;
  const text = await readText(response.body, MOST_BYTES, signal);
  return isFailure(text) || response.status !== 200 ? undefined : readServiceStatus(text);
}

/** Why the gateway is not ready, from the body of `/readyz`. */
function reasonsIn(text: string): string | undefined {
  try {
    const { reasons } = JSON.parse(text) as { reasons?: unknown };
    return Array.isArray(reasons) ? reasons.join(", ") : undefined;
  } catch {
    // Not the gateway's JSON, so not a gateway.
    return undefined;
  }
}
