import { hash } from "node:crypto";
import type { LoadedConfig } from "tideover/config";
import type { Clock } from "tideover/engine";
import { type CallerError, callerError } from "tideover/front";
import type { SettingChange } from "../../admin/api-types.ts";
import type { AppliedChange, Bilingual, ForecastChange, Recommendation } from "../../admin/forecast-types.ts";
import { checkSettings } from "../../admin/rooms/settings-check.ts";
import type { SettingsSource } from "../../admin/rooms/settings-room.ts";
import { readConfigFile } from "../../config/index.ts";
import type { Log } from "../../logging/index.ts";
import type { ChangeTrail } from "./change-trail.ts";
import { backupOf, replaceFile, restoreFile, whyNotWritable } from "./config-file.ts";
import { editYaml, snippetOf } from "./edit-yaml.ts";
import { planEdits } from "./plan-edits.ts";

/** What recommendations are applied with. */
export interface ChangeDeskParts {
  readonly settings: SettingsSource;
  readonly clock: Pick<Clock, "wallTime">;
  readonly log: Log;
  /** Absent where the data folder cannot be used: then the log alone remembers. */
  readonly trail?: ChangeTrail | undefined;
}

/** A change that was looked at, with the text that it makes. */
interface Drafted {
  readonly shown: ForecastChange;
  /** Undefined where the file cannot be changed. */
  readonly text: string | undefined;
}

/** Shows what a recommendation would change in the configuration file, and writes it. */
export class ChangeDesk {
  readonly #parts: ChangeDeskParts;
  /** One after the other: two people may click at once. */
  #applying: Promise<unknown> = Promise.resolve();

  constructor(parts: ChangeDeskParts) {
    this.#parts = parts;
  }

  /** What applying would do; undefined for a recommendation that is no setting. */
  async preview(recommendation: Recommendation): Promise<ForecastChange | undefined> {
    return (await this.#draft(recommendation))?.shown;
  }

  /**
   * Writes it into the file, as it was shown, and puts it in force.
   * @param digest of the {@link ForecastChange} that was looked at
   * @param by who does it
   * @returns why not; then the file is as it was
   */
  apply(recommendation: Recommendation, digest: string, by: string): Promise<AppliedChange | CallerError> {
    const turn = this.#applying.then(() => this.#apply(recommendation, digest, by));
    this.#applying = turn.catch(() => undefined);
    return turn;
  }

  /** Who changed what, the newest first. */
  changes(limit: number): readonly AppliedChange[] {
    return this.#parts.trail?.list(limit) ?? [];
  }

  async #apply(recommendation: Recommendation, digest: string, by: string): Promise<AppliedChange | CallerError> {
    const { settings, clock, log, trail } = this.#parts;
    const drafted = await this.#draft(recommendation);
    if (drafted === undefined) return conflict("That recommendation is no setting that could be changed.");
    const { shown, text } = drafted;
    const { path } = settings;
    if (shown.digest !== digest) {
      return conflict("The file was changed since it was looked at, or what is recommended; look again.");
    }
    if (text === undefined || path === undefined) return conflict(shown.blocked?.en ?? "The file cannot be changed.");
    const before = settings.loaded();
    try {
      await replaceFile(path, text);
    } catch (error) {
      return conflict(`The file could not be written: ${error instanceof Error ? error.message : String(error)}.`);
    }
    await settings.reload?.();
    if (settings.reload !== undefined && settings.loaded() === before) {
      await restoreFile(path);
      await settings.reload();
      return conflict("The gateway refused the changed file, and the old one is back; the log says why.");
    }
    const change: AppliedChange = {
      at: clock.wallTime(),
      by,
      id: shown.id,
      file: path,
      backup: backupOf(path),
      changes: shown.changes,
    };
    log.warn({ event: "settings-changed", ...change }, `${by} applied ${shown.id} to ${path}.`);
    // It is in force: a trail that cannot be written must not say that it is not.
    await trail?.add(change).catch((error: unknown) => {
      log.error({ event: "change-trail-failed", error }, `Only this log knows that ${by} applied ${shown.id}.`);
    });
    return change;
  }

  async #draft(recommendation: Recommendation): Promise<Drafted | undefined> {
    const { settings } = this.#parts;
    const { path } = settings;
    const loaded = settings.loaded();
    const { config } = loaded;
    const edits = planEdits(recommendation, config);
    if (edits.length === 0) return undefined;
    const names = config.routes.map(({ name }) => name);
    const known = { id: recommendation.id, file: path ?? null, snippet: snippetOf(edits, names) };
    const blocked = (why: Bilingual, text = ""): Drafted => ({
      shown: { ...known, changes: [], blocked: why, digest: digestOf(text) },
      text: undefined,
    });
    if (path === undefined) return blocked(NO_FILE);
    const file = await readConfigFile(path);
    if ("issues" in file) return blocked(UNREADABLE);
    const edited = editYaml(file.text, edits);
    if ("why" in edited) return blocked(edited.why, file.text);
    const outcome = this.#changesBy(edited.text, file.text, loaded);
    if (outcome === undefined) return blocked(REFUSED, file.text);
    // Of both texts: what is recommended may have become another value since it was looked at.
    const shown = { ...known, changes: outcome, digest: digestOf(`${file.text}\0${edited.text}`) };
    const why = await whyNotWritable(path);
    return why === undefined ? { shown, text: edited.text } : { shown: { ...shown, blocked: why }, text: undefined };
  }

  /** What a text would change of what is in force; undefined where it would be refused. No secret is in it. */
  #changesBy(text: string, before: string, loaded: LoadedConfig): readonly SettingChange[] | undefined {
    const { valid, changes } = checkSettings(text, { loaded, text: before }, this.#parts.settings.environment);
    return valid ? changes : undefined;
  }
}

function digestOf(text: string): string {
  return hash("sha256", text, "hex");
}

function conflict(message: string): CallerError {
  return callerError("invalid_request", message, { status: 409 });
}

const NO_FILE: Bilingual = {
  en: "This gateway runs without a configuration file (from the environment, or as the demo): write the change into one.",
  zh: "该网关没有使用配置文件（来自环境变量或演示模式）：请写入配置文件。",
};
const UNREADABLE: Bilingual = { en: "The configuration file cannot be read now.", zh: "目前无法读取配置文件。" };
const REFUSED: Bilingual = {
  en: "The file as it is on disk, with this change, would be refused: `tideover check` says why.",
  zh: "磁盘上的文件加上该修改后无法通过检查：`tideover check` 会说明原因。",
};
