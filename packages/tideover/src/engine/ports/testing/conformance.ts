/** One thing that every adapter of a port does. Tied to no test framework, so that any package can run it. */
export interface ConformanceCase<Fixture> {
  readonly name: string;
  /** Tries it on a fresh, empty fixture. Rejects when the adapter does something else. */
  run(fixture: Fixture): Promise<void>;
}

/** Says what was wanted when it is not so. @throws Error */
export function must(condition: boolean, wanted: string): asserts condition {
  if (!condition) throw new Error(`It should be so that ${wanted}.`);
}

/** Says what came in place of what was wanted. Compared by structure; a member that is undefined counts as absent. @throws Error */
export function same(actual: unknown, wanted: unknown, what: string): void {
  const [came, should] = [shown(actual), shown(wanted)];
  if (came !== should) throw new Error(`${what}: wanted ${should}, got ${came}`);
}

/** Says so when a promise does not reject. @throws Error */
export async function rejects(promise: Promise<unknown>, what: string): Promise<void> {
  const outcome = await promise.then(
    (value) => ({ value }),
    () => undefined,
  );
  if (outcome !== undefined) throw new Error(`${what}: wanted a rejection, got ${shown(outcome.value)}`);
}

/** A value as JSON text with sorted members, so that equal structures give equal texts. */
function shown(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return text ?? String(value);
}
