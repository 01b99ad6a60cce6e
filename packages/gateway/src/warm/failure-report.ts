import { appendFileSync, existsSync, rmSync } from "node:fs";
import type { Prompt } from "./prompts-file.ts";
import type { WarmFailure } from "./warm-target.ts";

/**
 * The requests that failed, one JSON object on each line: what was asked, and under `_failure` why it failed. The file
 * is a prompts file itself.
 */
export class FailureReport {
  readonly path: string;
  #begun: boolean;

  /** @param goesOn whether failures of an earlier, unfinished run are in the file already */
  constructor(path: string, goesOn: boolean) {
    this.path = path;
    this.#begun = goesOn && existsSync(path);
    if (!goesOn) rmSync(path, { force: true });
  }

  /** @throws Error when the file cannot be written */
  add({ line, body }: Prompt, { status, code, message }: WarmFailure): void {
    this.#begun = true;
    appendFileSync(this.path, `${JSON.stringify({ ...body, _failure: { line, status, code, message } })}\n`, {
      mode: 0o600,
    });
  }

  /** Whether there is such a file. */
  get isWritten(): boolean {
    return this.#begun;
  }
}
