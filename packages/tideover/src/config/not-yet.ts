import { nestedValues } from "./nested-values.ts";
import type { ConfigPath } from "./path.ts";

/** A setting of the design that this version accepts but does not act on. */
interface NotYet {
  /** Where it is written; `[]` stands for every position, `*` for every key. */
  readonly pattern: string;
  /** Whether what was written asks for more than this version does. Default: any value. */
  readonly asksFor?: (value: unknown) => boolean;
  /** What happens instead. */
  readonly instead: string;
}

/**
 * All that is accepted and not active: nothing now. Whoever builds one of them deletes its line here: the warning and the
 * mark in `tideover check` go with it, and a test then wants the word "later" out of docs/configuration.md.
 */
const SETTINGS_NOT_YET: readonly NotYet[] = [];

/**
 * The settings of a configuration, as written or as resolved, that ask for more than this version does, with what
 * happens instead.
 */
export function findSettingsNotYet(config: unknown): { path: ConfigPath; message: string }[] {
  return SETTINGS_NOT_YET.flatMap(({ pattern, asksFor, instead }) =>
    nestedValues(config, pattern)
      .filter(({ value }) => asksFor === undefined || asksFor(value))
      .map(({ path }) => ({ path, message: `is not available in this version yet; ${instead}` })),
  );
}
