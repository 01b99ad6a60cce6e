import { findPreset } from "tideover/providers";
import { stringify } from "yaml";
import type { LocalServer, OfferedModel } from "./local-server.ts";

/**
 * The `providers` section that makes providers of servers, to paste into `tideover.yaml`. A name is taken once; a second
 * server of a kind gets a number.
 */
export function providerSnippet(servers: readonly LocalServer[]): string {
  const providers: Record<string, object> = {};
  for (const server of servers) {
    let name = server.preset;
    for (let count = 2; Object.hasOwn(providers, name); count++) name = `${server.preset}-${count}`;
    providers[name] = settingsOf(server);
  }
  return stringify({ providers });
}

/** The model to begin with: one that is in memory, one that goes by DeepSeek's name, else the first. */
export function bestModel({ models }: Pick<LocalServer, "models">): OfferedModel | undefined {
  return models.find(({ loaded }) => loaded === true) ?? models.find(({ id }) => /deepseek/i.test(id)) ?? models[0];
}

function settingsOf(server: LocalServer): object {
  const { preset, baseUrl } = server;
  const known = findPreset(preset);
  const model = bestModel(server);
  return {
    preset,
    // The preset's own address names the host `localhost`.
    ...(known?.baseUrl?.replace("//localhost:", "//127.0.0.1:") === baseUrl ? {} : { baseUrl }),
    ...(known?.degraded === true ? {} : { degraded: true }),
    ...(model === undefined ? {} : { models: { "*": model.id } }),
    ...(model?.contextTokens === undefined ? {} : { contextTokens: model.contextTokens }),
    ...(known?.wire === "kserve" ? { promptTemplate: "chatml" } : {}),
  };
}
