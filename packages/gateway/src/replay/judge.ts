import { expectedAnswer } from "@tideover/simulator";
import type { JsonObject } from "tideover/engine";
import { looksWhole, type Observation } from "./observation.ts";
import type { Verdict } from "./tally.ts";

/** Rungs whose answer is a provider's, and so known where the provider is simulated. */
const PROVIDER_RUNGS: ReadonlySet<string | undefined> = new Set(["live", "alternate", "local", "cache"]);

/**
 * Compares an answer with what a simulated provider says to such a request, or with the template's text. What a
 * caller was told is no whole answer must still be a beginning of it.
 */
export function judgeSimulated(body: JsonObject, observation: Observation, templateText: string): Verdict {
  const { text, rung } = observation;
  if (text === "" && !looksWhole(observation)) return "not-compared";
  const expected = PROVIDER_RUNGS.has(rung) ? expectedAnswer(body).content : templateText;
  if (text === expected) return "right";
  if (!expected.startsWith(text)) return "different";
  return looksWhole(observation) ? "truncated" : "right";
}

/** For an answer that cannot be known: only a stream that ends as no answer may is seen to be wrong. */
export function judgeUnknown(_body: JsonObject, observation: Observation): Verdict {
  return observation.outcome === "ended-without-done" ? "truncated" : "not-compared";
}
