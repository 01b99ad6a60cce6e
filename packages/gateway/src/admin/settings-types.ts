/** One effective setting, as it would be written; of a secret only that it is set. */
export interface SettingView {
  readonly setting: string;
  readonly value: string;
  /** `default`, `preset deepseek`, `file line 12`, `environment DEEPSEEK_API_KEY`. */
  readonly origin: string;
  /** Where from, in one word: `default`, `preset`, `file`, `environment`, … */
  readonly from: string;
  /** False for what this version does not act on. */
  readonly active: boolean;
}

/** The settings of one part of the configuration. */
export interface SettingsSection {
  readonly section: "server" | "stores" | "provider" | "route" | "chaos";
  /** Name of the provider or route; empty for the others. */
  readonly name: string;
  readonly model?: string;
  readonly ladder?: readonly string[];
  readonly values: readonly SettingView[];
}

/** `GET /admin/api/settings` */
export interface SettingsAnswer {
  /** The file's path; null where there is none. */
  readonly file: string | null;
  readonly sections: readonly SettingsSection[];
}

/** What is wrong with, or to be said of, a configuration. */
export interface SettingsIssue {
  /** For people, with the place and what would be right. */
  readonly message: string;
  readonly path: string;
  readonly line: number | null;
}

/** One effective value that would change. */
export interface SettingChange {
  readonly section: string;
  readonly name: string;
  readonly setting: string;
  /** Null where it is not there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** `POST /admin/api/settings/check` takes `{ "yaml": "…" }`, applies nothing, and answers this. */
export interface SettingsCheckAnswer {
  readonly valid: boolean;
  readonly errors: readonly SettingsIssue[];
  readonly warnings: readonly SettingsIssue[];
  /** Against what is in force; empty for an invalid one. */
  readonly changes: readonly SettingChange[];
  /** Changed settings that only a restart brings in force. */
  readonly needsRestart: readonly string[];
}
