const BRAND: unique symbol = Symbol.for("tideover.StreamLostError");

/** A stream that could not be read to its end. What was read of it was given already. */
export class StreamLostError extends Error {
  override readonly name = "StreamLostError";
  readonly [BRAND] = true;
  /** The status of the last response, where there was one. */
  readonly status: number | undefined;
  /** What that response said. */
  readonly body: string;

  constructor(message: string, status: number | undefined, body: string) {
    super(message);
    this.status = status;
    this.body = body;
  }

  /** Whether a value is a StreamLostError, of this copy of the library or of another. */
  static isInstance(value: unknown): value is StreamLostError {
    return typeof value === "object" && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
  }
}
