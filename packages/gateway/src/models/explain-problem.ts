import { formatBytes } from "./format-bytes.ts";
import type { ModelMessages } from "./messages/en.ts";
import type { ModelProblem } from "./model-error.ts";

/** A problem in words, with what to do about it. */
export function explainProblem(problem: ModelProblem, { problems }: ModelMessages): string {
  switch (problem.code) {
    case "offline":
      return problems.offline(problem.url, problem.why);
    case "not-found":
      return problems.notFound(problem.what, problem.hub);
    case "refused":
      return problems.refused(problem.what, problem.status);
    case "bad-answer":
      return problems.badAnswer(problem.url, problem.why);
    case "stalled":
      return problems.stalled(problem.path, problem.why);
    case "checksum":
      return problems.checksum(problem.path, problem.expected, problem.found);
    case "no-space":
      return problems.noSpace(problem.folder, formatBytes(problem.need), formatBytes(problem.free));
    case "no-such-dtype":
      return problems.noSuchDtype(problem.dtype, problem.offered.join(", "));
    case "not-a-model":
      return problems.notAModel(problem.repository, problem.missing.join(", "));
    case "stopped":
      return problems.stopped;
  }
}
