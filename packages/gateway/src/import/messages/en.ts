import type { LeftOver } from "../draft.ts";

/** What something that became another is now, by its name in {@link LeftOver.detail}. */
const DIFFERS: Readonly<Record<string, string>> = {
  ladder: "providers are asked in the order of the ladder, the next one when one fails; load is not spread by weight",
  breaker: "each provider has a breaker of its own (providers.<name>.breaker); its defaults apply",
  similar: "answers are cached by the exact request; for similar ones add the rung `similar`",
  retired: "the host has retired this name of a model; its successor is asked, which may think by default",
  name: "a pattern is asked for as it is; names that the host does not know need an entry in `models`",
};

/** What `tideover import` says in English. */
export const importEn = {
  summary: "write a tideover.yaml from a configuration of LiteLLM, Portkey or one-api",
  file: "the configuration: LiteLLM's config.yaml, Portkey's config JSON, or one-api's channels as GET /api/channel/ gives them",
  fromFlag: "whose it is (default: told by its contents)",
  needsFile: "Say which file to import.",
  cannotRead: (file: string, why: string) => `${file} cannot be read: ${why}`,
  unreadable: (file: string, why: string) => `${file} is neither YAML nor JSON: ${why}`,
  unknownSource: (file: string) =>
    `${file} looks like none of LiteLLM's (model_list), Portkey's (strategy, targets, provider) and one-api's (channels with type and models); say whose it is with --from.`,
  nothingLeft: (file: string) => `${file} has no model whose host is known, so there is nothing to write.`,
  refused: (file: string) => `What was made of ${file} is no valid configuration:`,
  made: (source: string) => `Made from a configuration of ${source}.`,
  setFirst: (variables: string) => `Set these in the environment first: ${variables}`,
  notCarried: "Not carried over as it was:",
  allCarried: "Everything was carried over.",
  next: "Next: `tideover check`, then `tideover serve`.",
  leftOver: ({ place, reason, detail = "" }: LeftOver): string => {
    if (reason === "secret") return `${place}: a key stood in the file; set ${detail} in the environment`;
    if (reason === "unknown-host")
      return `${place}: the host ${JSON.stringify(detail)} is not known here, so it is left out`;
    if (reason === "disabled") return `${place}: was switched off, so it is left out`;
    if (reason === "differs") return `${place}: ${DIFFERS[detail] ?? detail}`;
    return `${place}: no counterpart`;
  },
};

/** The same in every language. */
export type ImportMessages = typeof importEn;
