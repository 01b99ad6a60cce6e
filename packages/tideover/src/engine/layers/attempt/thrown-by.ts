import { type Failure, failure } from "../../failure.ts";

/** The failure of an adapter, or of its stream, that throws, which neither must do. */
export function thrownBy(error: unknown): Failure {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return failure("fault", "adapter-threw", `The adapter threw ${what}`);
}
