import type { core } from "zod/mini";
import type { AnswerHandler, RuleFacts } from "../engine/index.ts";
import type { configSchema } from "./schema/config-schema.ts";

type WrittenInput = core.input<typeof configSchema>;

/** One step of a ladder: a provider's name, the name of a rung, or a rung with settings. */
export type RungInput =
  | string
  | AnswerHandler
  | { readonly handler: AnswerHandler }
  | { readonly stale: { readonly after?: string } }
  | {
      readonly similar: { readonly provider: string; readonly model: string; readonly threshold?: number | string };
    }
  | { readonly rules: readonly { readonly when: string | ((facts: RuleFacts) => boolean); readonly answer: string }[] }
  | { readonly template: { readonly text: string; readonly review?: boolean } }
  | {
      readonly ticket: {
        readonly always?: boolean;
        readonly beside?: readonly ("stale" | "similar" | "rules" | "template")[];
        readonly expires?: string;
        readonly offPeak?: boolean;
      };
    };

/** A route as it is written: the shape of an entry of `routes` in `tideover.yaml`. */
export type RouteInput = Omit<WrittenInput["routes"][number], "ladder"> & { readonly ladder: readonly RungInput[] };

/** A configuration as it is written: the shape of `tideover.yaml`, with functions as rungs beside. */
export type TideoverConfig = Omit<WrittenInput, "routes"> & { readonly routes: readonly RouteInput[] };

/** Gives a configuration its type, for editors: `export default defineConfig({ … })`. It is checked where it is used. */
export function defineConfig(config: TideoverConfig): TideoverConfig {
  return config;
}
