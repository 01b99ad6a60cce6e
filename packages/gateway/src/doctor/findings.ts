import type { Evidence } from "tideover/providers";
import type { ContinuationReport, Finding, KeyReport, ModeReport, ProviderReport, StreamReport } from "./report.ts";

/** What is known beside what was measured. */
export interface Circumstances {
  /** Callers bring their own keys. */
  readonly keyless: boolean;
  /** How sure the configured continuation is; what is only assumed is not used. */
  readonly evidence: Evidence;
  /** The examination was ended before its time. */
  readonly stopped: boolean;
}

/** What the measurements mean, and what to do about it: the worst first. */
export function findingsOf(
  {
    reach,
    keys,
    mapped,
    stream,
    continuation,
  }: Pick<ProviderReport, "reach" | "keys" | "mapped" | "stream" | "continuation">,
  { keyless, evidence, stopped }: Circumstances,
): Finding[] {
  if (stopped) return [{ level: "wrong", code: "not-finished" }];
  if (!reach.reachable) return [{ level: "wrong", code: "unreachable", detail: reach.problem ?? "" }];
  const findings: Finding[] = [...keys.flatMap(keyFindings)];
  for (const { from, to, offered } of mapped) {
    const answered = stream?.usage !== undefined && to === stream.upstreamModel;
    if (offered === false && !answered) findings.push({ level: "wrong", code: "model-not-offered", from, to });
  }
  const refused = keys.length > 0 && keys.every(({ state }) => state === "refused");
  if (stream !== undefined) findings.push(...streamFindings(stream, refused));
  else if (keyless) findings.push({ level: "advice", code: "no-key" });
  else if (!refused) findings.push({ level: "advice", code: "no-model" });
  if (continuation !== undefined) findings.push(...continuationFindings(continuation, evidence));
  const order = ["wrong", "advice", "fine"];
  return findings.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
}

function keyFindings({ account, state, problem, balance }: KeyReport): Finding[] {
  if (state === "refused") return [{ level: "wrong", code: "key-refused", account, detail: problem ?? "" }];
  if (balance?.available !== false) return [];
  return [{ level: "wrong", code: "no-balance", account, detail: balance.amounts.join(", ") }];
}

function streamFindings({ firstTokenMs, problems, usage }: StreamReport, refused: boolean): Finding[] {
  if (usage === undefined) {
    return refused ? [] : [{ level: "wrong", code: "no-answer", detail: problems[0] ?? "" }];
  }
  const findings: Finding[] = [];
  if (firstTokenMs.length === 0) findings.push({ level: "wrong", code: "no-answer", detail: "" });
  if (problems.length > 0) findings.push({ level: "advice", code: "some-streams-failed", detail: problems[0] ?? "" });
  if (usage === "none") findings.push({ level: "advice", code: "no-usage" });
  return findings;
}

function continuationFindings({ mode, tried, problem }: ContinuationReport, evidence: Evidence): Finding[] {
  const configured = tried.find((report) => report.mode === mode);
  const found = tried.find((report) => report !== configured && report.verdict === "works");
  const findings: Finding[] = [];
  if (problem !== undefined) findings.push({ level: "advice", code: "continuation-untold", mode, detail: problem });
  else if (configured === undefined) {
    if (found === undefined) findings.push({ level: "advice", code: "continuation-none" });
  } else {
    findings.push(configuredFinding(configured, evidence));
    if (isDoubtful(configured)) findings.push({ level: "advice", code: "continuation-doubtful", mode });
  }
  if (found !== undefined) findings.push({ level: "advice", code: "mode-found", mode: found.mode });
  return findings;
}

/** It goes on between words but not inside one, so it may only have hit upon the next word. */
function isDoubtful({ verdict, cuts }: ModeReport): boolean {
  const inside = cuts.find(({ place }) => place === "inside-word")?.treatment;
  return verdict === "works" && (inside === "ignores" || inside === "restarts" || inside === "stops");
}

function configuredFinding({ mode, verdict, cuts }: ModeReport, evidence: Evidence): Finding {
  const detail = cuts.map(({ problem }) => problem).find((text) => text !== undefined) ?? "";
  if (verdict === "untold") return { level: "advice", code: "continuation-untold", mode, detail };
  if (verdict === "works") {
    return evidence === "assumed"
      ? { level: "advice", code: "mode-found", mode }
      : { level: "fine", code: "continuation-works", mode };
  }
  return evidence === "assumed"
    ? { level: "advice", code: "continuation-unused", mode }
    : {
        level: "wrong",
        code: "continuation-broken",
        mode,
        treatments: [...new Set(cuts.map((cut) => cut.treatment))],
      };
}
