import type { Failure } from "tideover/engine";
import type { ContinuationMode, ProviderDefinition } from "tideover/providers";
import { type Asked, ask, type Patient } from "./ask.ts";
import { type Cut, cutPlaces } from "./cut-places.ts";
import { COUNTING_PROMPT, COUNTING_TOKENS, SHORTEST_WHOLE } from "./defaults.ts";
import { judgeRest } from "./judge-rest.ts";
import { printable } from "./printable.ts";
import type { ContinuationReport, CutReport, ModeReport, PrefixTreatment } from "./report.ts";

/** What of a treatment Tideover's own sewing makes the uncut text, and what it refuses. */
const HARMLESS: ReadonlySet<PrefixTreatment> = new Set(["exact", "continues", "trims-space", "adds-space", "echoes"]);

/** Modes that go on from a given text, in the order in which hosts are likely to know them. */
const EXACT_MODES: readonly ContinuationMode[] = [
  "continue-final-message",
  "message-prefix",
  "message-partial",
  "bare-assistant",
  "body-prefix",
];

/**
 * Asks for an answer, cuts it in several places, and has the provider continue it, by the way that a real cut takes.
 * @param tryModes also try the modes that are not configured, one cut each.
 */
export async function tryContinuation(patient: Patient, model: string, tryModes: boolean): Promise<ContinuationReport> {
  const { mode, evidence } = patient.definition.continuation;
  const report = (tried: readonly ModeReport[], problem?: string): ContinuationReport => ({
    mode,
    evidence,
    tried,
    ...(problem === undefined ? {} : { problem }),
  });
  const isExact = mode !== "none" && mode !== "instruction";
  if (!isExact && !tryModes) return report([]);
  const messages = [{ role: "user", content: COUNTING_PROMPT }];
  const whole = await ask(patient, model, { messages, max_tokens: COUNTING_TOKENS });
  if (whole.type === "failure") return report([], problemOf(whole, patient));
  if (whole.content.length < SHORTEST_WHOLE) return report([], "too-short");

  const cuts = cutPlaces(whole.content, whole.starts);
  const tried: ModeReport[] = [];
  if (isExact) tried.push(await tryMode(patient, model, whole, mode, cuts));
  if (tryModes && tried.every(({ verdict }) => verdict !== "works")) {
    // A host that closes the given turn and answers anew may hit upon the next word, but not upon the rest of one.
    const cut = cuts.find(({ place }) => place === "inside-word") ?? cuts[0];
    for (const other of modesFor(patient.definition).filter((candidate) => candidate !== mode)) {
      if (cut !== undefined) tried.push(searched(await tryMode(patient, model, whole, other, [cut])));
    }
  }
  return report(tried);
}

/**
 * A mode that is only searched for must prove itself: the cut decides wherever it lies, and what looks like an echo may
 * be an answer begun anew in the same words.
 */
function searched(report: ModeReport): ModeReport {
  const [treatment] = report.cuts.map((cut) => cut.treatment);
  if (treatment === undefined || treatment === "failed" || treatment === "echoes")
    return { ...report, verdict: "untold" };
  return { ...report, verdict: HARMLESS.has(treatment) ? "works" : "broken" };
}

function modesFor({ preset }: ProviderDefinition): readonly ContinuationMode[] {
  return preset.betaPath ? ["beta-prefix", ...EXACT_MODES] : EXACT_MODES;
}

async function tryMode(
  patient: Patient,
  model: string,
  whole: Asked,
  mode: ContinuationMode,
  cuts: readonly Cut[],
): Promise<ModeReport> {
  // What is only assumed is not used for real, and is what has to be found out here.
  const { continuation } = patient.definition;
  const definition = {
    ...patient.definition,
    continuation: { ...continuation, mode, evidence: "documented" as const },
  };
  const reports: CutReport[] = [];
  for (const cut of cuts) reports.push(await tryCut({ ...patient, definition }, model, whole, cut));
  return { mode, cuts: reports, verdict: verdictOf(reports) };
}

async function tryCut(patient: Patient, model: string, whole: Asked, cut: Cut): Promise<CutReport> {
  const prefix = whole.content.slice(0, cut.at);
  const messages = [
    { role: "user", content: COUNTING_PROMPT },
    { role: "assistant", content: prefix, prefix: true },
  ];
  const rest = await ask(patient, model, { messages, max_tokens: COUNTING_TOKENS });
  if (rest.type === "failure") {
    const refused = rest.kind === "caller" || rest.kind === "incompatible";
    const treatment = refused ? "refused" : "failed";
    return { ...cut, treatment, thinksAgain: false, problem: problemOf(rest, patient) };
  }
  const treatment = judgeRest({ whole: whole.content, prefix, rest: rest.content });
  return { ...cut, treatment, thinksAgain: rest.reasoning.trim() !== "" };
}

/** A cut inside a word is only told: real cuts lie between pieces. */
function verdictOf(reports: readonly CutReport[]): ModeReport["verdict"] {
  const deciding = reports.filter(({ place }) => place !== "inside-word");
  if (deciding.some(({ treatment }) => treatment !== "failed" && !HARMLESS.has(treatment))) return "broken";
  return deciding.some(({ treatment }) => HARMLESS.has(treatment)) ? "works" : "untold";
}

function problemOf({ message }: Failure, { account }: Patient): string {
  return printable(message, account.apiKey);
}
