/** What `tideover review` says in English. */
export const reviewEn = {
  summary: "decide about degraded answers of a running gateway",
  action: "what to do: list, show, approve, edit, regenerate or dismiss",
  id: "the entry, for everything but list",
  stateFlag: "only entries in this state, or all",
  limitFlag: "most entries to list, 1 to 200 (default: 50)",
  afterFlag: "go on after this entry",
  textFlag: "the text that is to be answered, for edit",
  fileFlag: "a file with that text; - reads it from standard input",
  previewFlag: "only show what a live provider answers now, for regenerate",
  byFlag: "who decides, for the audit trail (default: the environment's USER)",
  needsAction: (actions: string) => `Say what to do: ${actions}.`,
  needsId: (action: string) =>
    `\`tideover review ${action}\` needs the id of an entry, as \`tideover review list\` shows it.`,
  needsText: "`tideover review edit` needs the new text: --text or --file, one of them.",
  columns: ["Entry", "State", "Route", "Given", "Last", "Question", "Answer"],
  none: "There are no such entries.",
  more: (last: string) => `There are more: --after ${last}`,
  dropped: (count: number) => `${count} ${count === 1 ? "entry" : "entries"} made room before anybody decided.`,
  now: (id: string, state: string) => `${id} is ${state}.`,
};
