/** Why a model could not be fetched, checked or found; the command puts it into words. */
export type ModelProblem =
  | { readonly code: "offline"; readonly url: string; readonly why: string }
  | { readonly code: "not-found"; readonly what: string; readonly hub: string }
  | { readonly code: "refused"; readonly what: string; readonly status: number }
  | { readonly code: "bad-answer"; readonly url: string; readonly why: string }
  | { readonly code: "stalled"; readonly path: string; readonly why: string }
  | { readonly code: "checksum"; readonly path: string; readonly expected: string; readonly found: string }
  | { readonly code: "no-space"; readonly folder: string; readonly need: number; readonly free: number }
  | { readonly code: "no-such-dtype"; readonly dtype: string; readonly offered: readonly string[] }
  | { readonly code: "not-a-model"; readonly repository: string; readonly missing: readonly string[] }
  | { readonly code: "stopped" };

/** An expected failure of the work with models. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly problem: ModelProblem;

  constructor(problem: ModelProblem) {
    super(problem.code);
    this.problem = problem;
  }
}
