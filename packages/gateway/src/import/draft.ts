import { findModel, findPreset } from "tideover/providers";

/** Why something of the other configuration is not in ours as it was. */
type LeftOverReason =
  /** Tideover has no such setting. */
  | "no-counterpart"
  /** The host is not in the catalogue and no address is given for it. */
  | "unknown-host"
  /** A secret stood in the file; ours names a variable of the environment. */
  | "secret"
  /** It is carried over, and means something a little different. */
  | "differs"
  /** It was switched off. */
  | "disabled";

/** Something that could not be carried over as it was. */
export interface LeftOver {
  /** Its place in the other configuration: `litellm_settings.success_callback`. */
  readonly place: string;
  readonly reason: LeftOverReason;
  /** The variable to set, the host that is not known, what it became. Never a secret. */
  readonly detail?: string | undefined;
}

/** Where a model is asked for. */
export interface Upstream {
  readonly preset: string;
  /** The address; absent: the preset's own. */
  readonly baseUrl?: string | undefined;
  /** The key as the other file has it: `${NAME}` for a variable, else the secret itself. Absent: none. */
  readonly key?: string | undefined;
  /** What the other file calls the key. */
  readonly keyMember?: string | undefined;
}

interface DraftProvider extends Upstream {
  readonly models: Map<string, string>;
  readonly variable: string | undefined;
}

/** What the written file is made of, in the order of its sections. */
interface ConfigDocument {
  server?: Record<string, unknown>;
  providers: Record<string, Record<string, unknown>>;
  stores?: Record<string, string>;
  routes: Record<string, unknown>[];
}

/** A `tideover.yaml` in the making, and what could not be carried over to it. */
export class Draft {
  readonly leftOvers: LeftOver[] = [];
  readonly routes: Record<string, unknown>[] = [];
  readonly server: Record<string, unknown> = {};
  readonly stores: Record<string, string> = {};
  readonly #providers = new Map<string, DraftProvider>();

  note(place: string, reason: LeftOverReason, detail?: string): void {
    const known = this.leftOvers.some((one) => one.place === place && one.reason === reason && one.detail === detail);
    if (!known) this.leftOvers.push({ place, reason, detail });
  }

  /**
   * The provider that answers a model there: one for each account and address, as long as the names of models agree.
   * @param asked the model as callers name it.
   * @param model its name there; one that the host has retired becomes the name of its successor, with a note.
   * @param place of it in the other configuration.
   * @returns the provider's name.
   */
  provider(upstream: Upstream, asked: string, model: string, place: string): string {
    // A name that callers use is translated by the catalogue; one that `models` gives goes out as it is.
    const preset = findPreset(upstream.preset);
    const current = (preset === undefined || model === asked ? undefined : findModel(preset, model)?.id) ?? model;
    if (current !== model) this.note(place, "differs", "retired");
    return this.#providerOf(upstream, asked, current, place);
  }

  #providerOf(upstream: Upstream, asked: string, model: string, place: string): string {
    const renamed = !model.includes("*") && model !== asked;
    for (const [name, known] of this.#providers) {
      if (known.preset !== upstream.preset || known.baseUrl !== upstream.baseUrl || known.key !== upstream.key)
        continue;
      const current = known.models.get(asked);
      if (current !== undefined ? current !== model : known.models.has("*") || (renamed && asked === "*")) continue;
      if (renamed) known.models.set(asked, model);
      return name;
    }
    const name = this.#freeName(upstream.preset);
    const isSecret = upstream.key !== undefined && !/^\$\{\w+\}$/.test(upstream.key);
    const variable = isSecret ? `${name.replaceAll("-", "_").toUpperCase()}_API_KEY` : undefined;
    if (variable !== undefined) this.note(`${place}.${upstream.keyMember ?? "key"}`, "secret", variable);
    this.#providers.set(name, { ...upstream, variable, models: new Map(renamed ? [[asked, model]] : []) });
    return name;
  }

  /** The whole of it, as it is written. */
  document(): ConfigDocument {
    const providers: ConfigDocument["providers"] = {};
    for (const [name, { preset, baseUrl, key, variable, models }] of this.#providers) {
      providers[name] = {
        preset,
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...(key === undefined ? {} : { apiKey: variable === undefined ? key : `\${${variable}}` }),
        ...(models.size === 0 ? {} : { models: Object.fromEntries(models) }),
      };
    }
    return {
      ...(Object.keys(this.server).length === 0 ? {} : { server: this.server }),
      providers,
      ...(Object.keys(this.stores).length === 0 ? {} : { stores: this.stores }),
      routes: this.routes,
    };
  }

  #freeName(preset: string): string {
    let name = preset;
    for (let number = 2; this.#providers.has(name); number++) name = `${preset}-${number}`;
    return name;
  }
}
