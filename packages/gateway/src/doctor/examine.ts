import type { ResolvedConfig } from "tideover/config";
import { type Clock, type Failure, isFailure, type Transport } from "tideover/engine";
import { type Account, type ProviderDefinition, upstreamModel } from "tideover/providers";
import { type Asked, ask, type Patient } from "./ask.ts";
import { TOO_SLOW } from "./bounded.ts";
import { askBalance, type Listed, listModels } from "./check-key.ts";
import { chooseModel, mappedModels } from "./choose-model.ts";
import { SAMPLE_PROMPT, SAMPLE_TOKENS } from "./defaults.ts";
import { findingsOf } from "./findings.ts";
import { printable } from "./printable.ts";
import { measureReach } from "./reach.ts";
import type { ContinuationReport, KeyReport, ProviderReport, Reach, StreamReport } from "./report.ts";
import { tryContinuation } from "./try-continuation.ts";

/** What an examination needs, and how thorough it is. */
export interface Examination {
  readonly config: ResolvedConfig;
  readonly transport: Transport;
  readonly clock: Clock;
  /** Small streams that the first token is timed with. */
  readonly samples: number;
  /** The model to ask for, as a caller names it; undefined: chosen. */
  readonly model?: string | undefined;
  /** Try continuation modes that are not configured. */
  readonly tryModes: boolean;
  /** Requests to this address go through a proxy. */
  isProxied(baseUrl: string): boolean;
  /** Ends the examination; what is known until then is reported. */
  readonly signal: AbortSignal;
}

/** One key on its way through the examination. */
interface Tried {
  readonly account: Account;
  readonly patient: Patient;
  readonly listed: Listed;
}

/** Examines one provider: the way to it, its keys, its models, its streams, its continuation. Never rejects. */
export async function examine(definition: ProviderDefinition, examination: Examination): Promise<ProviderReport> {
  const { config, transport, clock, signal } = examination;
  const reach = examination.isProxied(definition.baseUrl)
    ? { reachable: true, proxied: true }
    : await measureReach(definition.baseUrl, clock, signal);
  if (!reach.reachable) return reportOf(definition, { reach, keys: [], mapped: [] }, examination);

  const tried: Tried[] = [];
  for (const account of definition.accounts) {
    const patient = { definition, account, transport, clock, signal, asksUsage: true };
    tried.push({ account, patient, listed: await listModels(patient) });
  }
  const offered = tried.find(({ listed }) => listed.models !== undefined)?.listed.models;
  const model = examination.model ?? chooseModel(config, definition, offered);
  const mapped = mappedModels(definition, model, offered);
  const found = {
    reach: withRequest(reach, tried),
    mapped,
    ...(offered === undefined ? {} : { offered: offered.length }),
  };
  const usable = tried.filter(({ listed }) => listed.failure === undefined && !lacksKey(definition, config));
  if (usable.length === 0 || model === undefined) {
    return reportOf(definition, { ...found, keys: tried.map((one) => keyReport(one, undefined)) }, examination);
  }

  const proofs = new Map<Account, Asked | Failure>();
  let stream: StreamReport | undefined;
  let continuation: ContinuationReport | undefined;
  for (const one of usable) {
    // The first key that is taken stands for the provider; of the others it is only asked whether they are.
    const isTaken = stream?.usage !== undefined;
    const { patient, answers } = await sampleWithUsage(one.patient, model, isTaken ? 1 : examination.samples);
    const proof = answers.find((answer) => !isFailure(answer) || answer.kind === "credential") ?? answers[0];
    if (proof !== undefined) proofs.set(one.account, proof);
    if (isTaken) continue;
    stream = streamReport(patient, model, answers);
    if (stream.usage !== undefined) continuation = await tryContinuation(patient, model, examination.tryModes);
  }
  const keys: KeyReport[] = [];
  for (const one of tried) keys.push(await withBalance(keyReport(one, proofs.get(one.account)), one));
  return reportOf(
    definition,
    {
      ...found,
      keys,
      ...(stream === undefined ? {} : { stream }),
      ...(continuation === undefined ? {} : { continuation }),
    },
    examination,
  );
}

/** Callers bring their own keys, so there is none to try. */
function lacksKey(definition: ProviderDefinition, { server }: ResolvedConfig): boolean {
  return server.passthroughKeys && definition.preset.auth !== "none" && definition.accounts[0].apiKey === undefined;
}

/** A connection that could be opened may still be useless: wrong certificate, no HTTP. */
function withRequest(reach: Reach, tried: readonly Tried[]): Reach {
  const broken = tried.find(({ listed }) => listed.failure !== undefined && listed.failure.kind !== "credential");
  if (broken?.listed.failure === undefined) return reach;
  return { ...reach, reachable: false, problem: printable(broken.listed.failure.message, broken.account.apiKey) };
}

/** Asks for the usage of streams, unless the host refuses requests that do. */
async function sampleWithUsage(
  patient: Patient,
  model: string,
  count: number,
): Promise<{ readonly patient: Patient; readonly answers: readonly (Asked | Failure)[] }> {
  const answers = await sample(patient, model, count);
  const [first] = answers;
  if (!isFailure(first) || (first.kind !== "caller" && first.kind !== "incompatible")) return { patient, answers };
  const silent = { ...patient, asksUsage: false };
  const again = await sample(silent, model, count);
  return isFailure(again[0]) ? { patient, answers } : { patient: silent, answers: again };
}

async function sample(patient: Patient, model: string, count: number): Promise<(Asked | Failure)[]> {
  const answers: (Asked | Failure)[] = [];
  for (let index = 0; index < count; index++) {
    const messages = [{ role: "user", content: SAMPLE_PROMPT }];
    const answer = await ask(patient, model, { messages, max_tokens: SAMPLE_TOKENS });
    answers.push(answer);
    if (isFailure(answer) && !isMomentary(answer)) break;
  }
  return answers;
}

/** A key that is refused, a request that cannot be, and a silence of a minute would be so again. */
function isMomentary({ kind, reason }: Failure): boolean {
  return (kind === "fault" || kind === "overloaded") && reason !== TOO_SLOW;
}

function streamReport(
  { definition, account: { apiKey } }: Patient,
  model: string,
  answers: readonly (Asked | Failure)[],
): StreamReport {
  const good = answers.filter((answer) => !isFailure(answer));
  const [one] = good;
  return {
    model,
    upstreamModel: upstreamModel(definition, model),
    ...(one?.model === undefined ? {} : { answeredAs: printable(one.model, apiKey) }),
    firstTokenMs: good.flatMap(({ firstTokenMs }) => (firstTokenMs === undefined ? [] : [Math.round(firstTokenMs)])),
    ...(one === undefined ? {} : { usage: one.usage }),
    problems: answers.filter(isFailure).map(({ message }) => printable(message, apiKey)),
  };
}

function keyReport({ account, listed }: Tried, proof: Asked | Failure | undefined): KeyReport {
  const refused = [listed.failure, isFailure(proof) ? proof : undefined].find((one) => one?.kind === "credential");
  if (refused !== undefined) {
    return { account: account.id, state: "refused", problem: printable(refused.message, account.apiKey) };
  }
  return { account: account.id, state: proof !== undefined && !isFailure(proof) ? "accepted" : "unknown" };
}

async function withBalance(report: KeyReport, { patient }: Tried): Promise<KeyReport> {
  const balance = await askBalance(patient);
  return balance === undefined || isFailure(balance) ? report : { ...report, balance };
}

function reportOf(
  { name, preset, baseUrl, continuation }: ProviderDefinition,
  found: Omit<ProviderReport, "provider" | "preset" | "baseUrl" | "findings" | "ok">,
  { config, signal }: Examination,
): ProviderReport {
  const keyless = config.server.passthroughKeys && preset.auth !== "none";
  const findings = findingsOf(found, { keyless, evidence: continuation.evidence, stopped: signal.aborted });
  const ok = findings.every(({ level }) => level !== "wrong");
  return { provider: name, preset: preset.preset, baseUrl, ...found, findings, ok };
}
