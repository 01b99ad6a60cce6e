const BRAND = Symbol.for("tideover.error");

/** A request that got no answer, or only the beginning of one. The codes are those of the error catalogue. */
export class TideoverError extends Error {
  override readonly name = "TideoverError";
  readonly [BRAND] = true;
  /** For example `ladder_exhausted`; a provider's own code where the fault was the caller's. */
  readonly code: string | undefined;
  /** The HTTP status it has at the gateway. */
  readonly status: number;
  /** The error object as the gateway would send it, with each rung's reason. */
  readonly details: unknown;

  constructor(message: string, status: number, code: string | undefined, details: unknown) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  /** Whether a value is a TideoverError, of this copy of the library or of another. */
  static isInstance(value: unknown): value is TideoverError {
    return typeof value === "object" && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
  }
}
