import { type Clock, failureOf, isFailure, type Transport } from "tideover/engine";
import { defineProvider } from "tideover/providers";
import { printable } from "../../doctor/printable.ts";
import { MOST_PORTS, USUAL_PORTS } from "../../local-servers/defaults.ts";
import { findServers } from "../../local-servers/find-servers.ts";
import type { LocalServer, OfferedModel } from "../../local-servers/local-server.ts";
import { bestModel, providerSnippet } from "../../local-servers/provider-snippet.ts";
import { askOneToken } from "../../local-servers/warm-servers.ts";
import type { ModelMessages } from "../../models/messages/en.ts";
import { systemClock } from "../../system.ts";
import { createNodeTransport } from "../../transport/index.ts";
import { textOf, UsageError } from "../command.ts";
import type { ModelAction } from "../commands/model.ts";
import { EXIT } from "../exit-code.ts";
import { tableLines } from "../table.ts";

/** Models of a server that its line names; the others are counted. */
const MOST_NAMED = 4;

/** `tideover model servers` */
export const servers: ModelAction = async ({ args }, signal, { io, messages: { model: messages } }) => {
  const ports = portsOf(textOf(args, "ports"), messages);
  const json = args.json === true;
  // No proxy: all of it is on this machine.
  const transport = createNodeTransport();
  try {
    const found = await findServers({ transport, ports, signal });
    const warmed = args.warm === true ? await warmUp(found, { transport, clock: systemClock, signal }) : [];
    if (json) {
      const listed = found.map((server, index) => ({ ...server, ...(warmed[index] ?? {}) }));
      io.stdout.write(`${JSON.stringify({ ports, servers: listed, config: providerSnippet(found) })}\n`);
      return EXIT.ok;
    }
    if (found.length === 0) {
      io.stdout.write(`${messages.noServers(ports.join(", "))}\n`);
      return EXIT.ok;
    }
    const rows = found.map((server) => [
      server.title,
      server.baseUrl,
      messages.serverStates[server.state],
      namesOf(server, messages),
    ]);
    io.stdout.write(`${tableLines([messages.serverColumns, ...rows], "").join("\n")}\n`);
    for (const [index, warm] of warmed.entries()) {
      const title = found[index]?.title ?? "";
      if (warm.warmMs !== undefined) io.stdout.write(`${messages.warmed(title, `${warm.warmMs} ms`)}\n`);
      else io.stdout.write(`${messages.notWarmed(title, warm.warmProblem ?? "")}\n`);
    }
    io.stdout.write(`\n${messages.pasteThis}\n\n${providerSnippet(found)}`);
    return EXIT.ok;
  } finally {
    await transport.close();
  }
};

function portsOf(text: string | undefined, messages: ModelMessages): readonly number[] {
  if (text === undefined) return USUAL_PORTS;
  const parts = text.split(",").map((part) => part.trim());
  const ports = parts.map((part) => (/^\d{1,5}$/.test(part) ? Number(part) : 0));
  if (ports.length > MOST_PORTS || ports.some((port) => port < 1 || port > 65_535)) {
    throw new UsageError(messages.notPorts(text, MOST_PORTS));
  }
  return ports;
}

function namesOf({ models }: LocalServer, messages: ModelMessages): string {
  if (models.length === 0) return "–";
  const named = models.slice(0, MOST_NAMED).map((model) => printable(nameOf(model, messages)));
  const others = models.length - named.length;
  return `${named.join(", ")}${others > 0 ? ` ${messages.andOthers(others)}` : ""}`;
}

function nameOf({ id, loaded, contextTokens }: OfferedModel, messages: ModelMessages): string {
  const facts = [
    ...(loaded === true ? [messages.inMemory] : []),
    ...(contextTokens === undefined ? [] : [messages.tokensIn(contextTokens)]),
  ];
  return facts.length === 0 ? id : `${id} (${facts.join(", ")})`;
}

/** What came of a server's first request. */
interface Warmed {
  /** From the request to the first token, in ms. */
  readonly warmMs?: number;
  readonly warmProblem?: string;
}

/**
 * Asks each server for one token of its model, so that it is in memory before it is needed: one after the other, because
 * they share the machine.
 */
async function warmUp(
  found: readonly LocalServer[],
  { transport, clock, signal }: { transport: Transport; clock: Clock; signal: AbortSignal },
): Promise<readonly Warmed[]> {
  const warmed: Warmed[] = [];
  for (const server of found) {
    const model = bestModel(server);
    if (model === undefined || signal.aborted) {
      warmed.push({ warmProblem: signal.aborted ? failureOf(signal).message : "It names no model." });
      continue;
    }
    const definition = defineProvider(server.preset, { preset: server.preset, baseUrl: server.baseUrl });
    const took = await askOneToken(definition, model.id, { transport, clock, signal });
    warmed.push(isFailure(took) ? { warmProblem: printable(took.message) } : { warmMs: took });
  }
  return warmed;
}
