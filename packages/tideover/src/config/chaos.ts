import { CHAOS_LONGEST_MS, CHAOS_MOST_SHARE } from "../engine/layers/chaos/defaults.ts";
import type { Finding } from "./finding.ts";
import { formatMoment } from "./moment.ts";
import { nearest } from "./nearest.ts";
import type { ResolvedChaos } from "./resolved-config.ts";
import type { WrittenChaos, WrittenConfig } from "./schema/config-schema.ts";
import { formatShare } from "./share.ts";

/**
 * Errors of the `chaos` section: it goes too far, lasts too long, does nothing, or hits what is not there.
 * @param wallTimeMs now, in ms since the Unix epoch
 */
export function checkChaos({ chaos, providers = {} }: WrittenConfig, wallTimeMs: number): Finding[] {
  if (chaos === undefined) return [];
  const findings: Finding[] = [];
  const { share, until, faults } = chaos;
  if (!(share > 0 && share <= CHAOS_MOST_SHARE)) {
    const message = `must be above 0% and at most ${formatShare(CHAOS_MOST_SHARE)}, so that the rest shows how providers really are; got ${formatShare(share)}`;
    findings.push({ path: ["chaos", "share"], message });
  }
  if (until - wallTimeMs > CHAOS_LONGEST_MS) {
    const latest = formatMoment(wallTimeMs + CHAOS_LONGEST_MS);
    const message = `must be within a day, by ${latest}, so that nobody forgets it; got ${formatMoment(until)}`;
    findings.push({ path: ["chaos", "until"], message });
  }
  if (Object.values(faults).every((fault) => fault === undefined)) {
    findings.push({ path: ["chaos", "faults"], message: "must say at least one of latency, failure and cut" });
  }
  for (const [index, name] of (chaos.providers ?? []).entries()) {
    if (Object.hasOwn(providers, name)) continue;
    const suggestion = nearest(name, Object.keys(providers));
    const known = suggestion === undefined ? `; known here: ${Object.keys(providers).join(", ")}` : "";
    const message = `\`${name}\` is not a provider${known}`;
    findings.push({ path: ["chaos", "providers", index], message, suggestion });
  }
  return findings;
}

/** What is to be done to attempts; undefined, with a warning, when its time is over. */
export function resolveChaos(
  written: WrittenChaos | undefined,
  wallTimeMs: number,
  warnings: Finding[],
): ResolvedChaos | undefined {
  if (written === undefined) return undefined;
  const { share, until, providers, critical = false, faults } = written;
  if (until <= wallTimeMs) {
    const message = `is over since ${formatMoment(until)}, so nothing is injected; remove the section, or set until anew`;
    warnings.push({ path: ["chaos"], message });
    return undefined;
  }
  const { latency, failure, cut } = faults;
  return {
    share,
    until,
    ...(providers === undefined ? {} : { providers }),
    critical,
    faults: {
      ...(latency === undefined ? {} : { latency }),
      ...(failure === undefined ? {} : { failure: [failure].flat() }),
      ...(cut === undefined ? {} : { cut }),
    },
  };
}

/** Tells that chaos is on: it must never be a surprise. */
export function chaosNotice({ share, until, providers, critical }: ResolvedChaos): string {
  const whose = providers === undefined ? "every provider" : providers.join(", ");
  const spared = critical ? "critical calls included" : "critical calls are spared";
  return `Chaos is on: faults are injected into ${formatShare(share)} of the attempts at ${whose} until ${formatMoment(until)} (${spared}).`;
}
