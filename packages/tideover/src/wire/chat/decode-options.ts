import type { Operation } from "../../engine/call.ts";
import type { Failure } from "../../engine/failure.ts";
import type { JsonObject } from "../../engine/json.ts";

/** Makes the provider's failure from the error object that it sent inside a 200. */
export type ClassifyError = (error: JsonObject, committed: boolean) => Failure;

/** What the decoding of an answer needs to know. */
export interface DecodeOptions {
  readonly operation: Operation;
  /**
   * Makes the failure of an error that arrives inside a 200. `error` is the error object itself, unwrapped
   * (`{message, type?, code?, …}`); `committed` says whether content of this answer came before it.
   */
  readonly classifyError: ClassifyError;
  /** How many choices were asked for (`n`); 1 when absent. An answer with fewer finished choices is cut. */
  readonly choices?: number | undefined;
}
