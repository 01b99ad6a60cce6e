import { explainConfig, type LoadedConfig } from "tideover/config";
import { callerError } from "tideover/front";
import { readConfigFile } from "../../config/index.ts";
import { type AdminRequest, type AdminRoom, wrongMethod } from "../admin-handler.ts";
import { type AdminReply, notFound, readJsonBody } from "../admin-reply.ts";
import type { SettingsAnswer } from "../api-types.ts";
import { MOST_YAML_BYTES } from "../defaults.ts";
import { checkSettings } from "./settings-check.ts";

/** Where the configuration in force came from. */
export interface SettingsSource {
  /** The file; undefined where there is none. */
  readonly path: string | undefined;
  /** What is in force now. */
  loaded(): LoadedConfig;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads the file now; resolves when it is in force, or refused. Absent where nobody watches it. */
  readonly reload?: (() => Promise<void>) | undefined;
}

/**
 * `GET /admin/api/settings`: every effective value and where it came from, without secrets.
 * `POST /admin/api/settings/check` with `{ "yaml": "…" }`: what a changed file would do; nothing is applied.
 */
export function settingsRoom(source: SettingsSource | undefined): AdminRoom {
  return {
    path: "settings",
    serve(asked) {
      if (source === undefined) return notFound("This gateway was made without a source of settings.");
      const [action, ...more] = asked.rest;
      if (action === undefined) {
        return asked.method === "GET" ? { json: settings(source) } : wrongMethod("settings", "GET");
      }
      if (action !== "check" || more.length > 0) return notFound("There are /admin/api/settings and …/settings/check.");
      return asked.method === "POST" ? check(asked, source) : wrongMethod("settings/check", "POST");
    },
  };
}

function settings(source: SettingsSource): SettingsAnswer {
  const { config, origins } = source.loaded();
  return { file: source.path ?? null, sections: explainConfig(config, origins) };
}

async function check({ request }: AdminRequest, source: SettingsSource): Promise<AdminReply> {
  const read = readJsonBody(request, MOST_YAML_BYTES);
  if (!("body" in read)) return read;
  const { yaml, ...others } = read.body;
  if (typeof yaml !== "string" || Object.keys(others).length > 0) {
    return callerError("invalid_request", 'The body must be { "yaml": "…" } with the text of a tideover.yaml.');
  }
  const file = source.path === undefined ? undefined : await readConfigFile(source.path);
  const text = file === undefined || "issues" in file ? undefined : file.text;
  return { json: checkSettings(yaml, { loaded: source.loaded(), text }, source.environment) };
}
