import type { ConfigPath } from "./path.ts";

/** Something to say about one place of a configuration; its line is added later. */
export interface Finding {
  readonly path: ConfigPath;
  readonly message: string;
  /** The nearest known name. */
  readonly suggestion?: string | undefined;
}
