import { dirname } from "node:path";
import { confirm } from "@clack/prompts";
import type { ResolvedConfig } from "tideover/config";
import { failure } from "tideover/engine";
import type { ProviderDefinition } from "tideover/providers";
import { formatCheck } from "../../config/index.ts";
import { MOST_SAMPLES, SAMPLES, TOTAL_SECONDS } from "../../doctor/defaults.ts";
import { mostTokens } from "../../doctor/estimate.ts";
import { type Examination, examine } from "../../doctor/examine.ts";
import { formatReport } from "../../doctor/format-report.ts";
import type { DoctorMessages } from "../../doctor/messages/en.ts";
import { usesProxy } from "../../doctor/uses-proxy.ts";
import { systemClock } from "../../system.ts";
import {
  type Arguments,
  type Command,
  type CommandContext,
  CommandError,
  textOf,
  UsageError,
  wholeNumberOf,
} from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { findConfiguration } from "../serve/find-configuration.ts";
import { outboundTransport } from "../serve/outbound.ts";

/** An hour. */
const MOST_SECONDS = 3_600;

/** `tideover doctor` */
export const doctor: Command = {
  name: "doctor",
  summary: ({ doctor: messages }) => messages.summary,
  details: ({ doctor: messages }) => messages.details,
  examples: ["tideover doctor", "tideover doctor deepseek,ark --samples 5 --json"],
  flags: ({ doctor: messages, ...common }) => ({
    provider: { type: "positional", required: false, description: messages.providerFlag },
    config: { type: "string", valueHint: "file", description: common.configFlag },
    samples: { type: "string", valueHint: "number", default: `${SAMPLES}`, description: messages.samplesFlag },
    model: { type: "string", valueHint: "name", description: messages.modelFlag },
    "try-modes": { type: "boolean", description: messages.tryModesFlag },
    timeout: { type: "string", valueHint: "seconds", default: `${TOTAL_SECONDS}`, description: messages.timeoutFlag },
    yes: { type: "boolean", description: messages.yesFlag },
    json: { type: "boolean", description: common.jsonFlag },
  }),
  async run(args, context) {
    const { io, messages, language } = context;
    const samples = wholeNumberOf(args, "samples", { least: 1, most: MOST_SAMPLES }, messages) ?? SAMPLES;
    const seconds = wholeNumberOf(args, "timeout", { least: 1, most: MOST_SECONDS }, messages) ?? TOTAL_SECONDS;
    const found = await findConfiguration(textOf(args, "config"), io.folder, io.env);
    if (found.from === "nothing") throw new CommandError(messages.doctor.nothingToExamine);
    if ("issues" in found.configuration) {
      const file = found.from === "file" ? { file: found.shownAs } : {};
      throw new CommandError(formatCheck(found.configuration, { ...file, language }).trimEnd());
    }
    const { config } = found.configuration;
    const definitions = chosenProviders(config, textOf(args, "provider"), messages.doctor);
    const tryModes = args["try-modes"] === true;
    if (!(await agreed(definitions, { samples, tryModes }, args, context))) {
      io.stderr.write(`${messages.doctor.cancelled}\n`);
      return EXIT.failed;
    }

    const folder = found.from === "file" ? dirname(found.path) : io.folder;
    const transport = await outboundTransport(config.server, folder, io.env, messages);
    const stop = new AbortController();
    const late = systemClock.schedule(seconds * 1_000, () =>
      stop.abort(failure("deadline", "doctor-timeout", `The examination took longer than ${seconds} s.`)),
    );
    const removers = (["SIGINT", "SIGTERM"] as const).map((signal) => io.onSignal(signal, () => stop.abort()));
    try {
      const examination: Examination = {
        config,
        transport,
        clock: systemClock,
        samples,
        model: textOf(args, "model"),
        tryModes,
        isProxied: (baseUrl) => usesProxy(baseUrl, config.server.proxy, io.env),
        signal: stop.signal,
      };
      return await report(definitions, examination, args.json === true, context);
    } finally {
      late.cancel();
      for (const remove of removers) remove();
      await transport.close();
    }
  },
};

function chosenProviders(
  { providers }: ResolvedConfig,
  named: string | undefined,
  messages: DoctorMessages,
): ProviderDefinition[] {
  if (named === undefined) {
    // A model in this process has no host to examine; `tideover model bench` does that.
    return Object.values(providers).flatMap(({ definition }) => (definition.preset.inProcess ? [] : [definition]));
  }
  return [...new Set(named.split(",").map((name) => name.trim()))].map((name) => {
    const provider = Object.hasOwn(providers, name) ? providers[name] : undefined;
    if (provider === undefined) throw new UsageError(messages.unknownProvider(name, Object.keys(providers).join(", ")));
    return provider.definition;
  });
}

/** Says what it will cost; on a terminal a person is asked before it is spent. */
async function agreed(
  definitions: readonly ProviderDefinition[],
  options: { readonly samples: number; readonly tryModes: boolean },
  args: Arguments,
  { io, messages }: CommandContext,
): Promise<boolean> {
  const tokens = definitions.reduce((sum, { accounts }) => sum + mostTokens({ ...options, keys: accounts.length }), 0);
  const cost = messages.doctor.cost(definitions.length, tokens);
  if (args.json === true) return true;
  io.stdout.write(`${cost}\n`);
  if (args.yes === true || !io.interactive) return true;
  return (await confirm({ message: messages.doctor.question })) === true;
}

/** Examines the providers side by side, since each is another host, and tells of them in their order. */
async function report(
  definitions: readonly ProviderDefinition[],
  examination: Examination,
  json: boolean,
  { io, messages }: CommandContext,
): Promise<(typeof EXIT)["ok" | "failed"]> {
  const pending = definitions.map((definition) => examine(definition, examination));
  const reports = [];
  for (const one of pending) {
    const known = await one;
    reports.push(known);
    if (!json) io.stdout.write(`\n${formatReport(known, messages.doctor)}`);
  }
  const wrong = reports.filter(({ ok }) => !ok).map(({ provider }) => provider);
  if (json) io.stdout.write(`${JSON.stringify({ ok: wrong.length === 0, providers: reports })}\n`);
  else {
    const { allFine, someWrong } = messages.doctor;
    io.stdout.write(`\n${wrong.length === 0 ? allFine(reports.length) : someWrong(wrong.join(", "))}\n`);
  }
  return wrong.length === 0 ? EXIT.ok : EXIT.failed;
}
