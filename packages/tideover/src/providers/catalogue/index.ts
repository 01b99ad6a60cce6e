import { CHINA_CLOUDS } from "./china-clouds.ts";
import { deepseek } from "./deepseek.ts";
import { GLOBAL_HOSTS } from "./global-hosts.ts";
import { inProcess } from "./in-process.ts";
import { LOCAL_SERVERS } from "./local-servers.ts";
import type { Preset } from "./preset.ts";

const PRESETS: readonly Preset[] = [deepseek, ...CHINA_CLOUDS, ...GLOBAL_HOSTS, ...LOCAL_SERVERS];

/** All hosts of the catalogue, DeepSeek first. */
export function listPresets(): readonly Preset[] {
  return PRESETS;
}

/** The host (or the in-process model) of that name, as a configuration writes it; undefined when there is none. */
export function findPreset(name: string): Preset | undefined {
  return [...PRESETS, inProcess].find((entry) => entry.preset === name);
}
