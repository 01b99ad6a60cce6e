/** What `tideover erase` says in English. */
export const eraseEn = {
  summary: "forget everything that a running gateway keeps of a tenant",
  tenant: "whose",
  yesFlag: "do it: what is erased cannot be brought back",
  needsTenant: "Say whose: tideover erase TENANT --yes.",
  needsYes: (tenant: string) =>
    `Everything that is kept of ${tenant} (jobs, batches, files, reviews, answers, recent requests) would be gone for good. Add --yes to do it.`,
  erased: (tenant: string, everywhere: boolean) =>
    `Of ${tenant} ${everywhere ? "nothing is kept any more" : "this gateway keeps nothing any more"}. Forgotten:`,
  elsewhere: (tenant: string, kinds: readonly string[]) =>
    `This gateway shares a store with others. Each of them keeps its own ${kinds.join(", ")}: run this for every one of them, too:
  tideover erase ${tenant} --yes --url http://OTHER-GATEWAY:8787 --admin-key KEY`,
  kinds: {
    batches: "batches",
    files: "files",
    jobs: "jobs, kept answers and responses",
    reviews: "entries of the review inbox",
    answers: "stored answers",
    requests: "recent requests",
  },
};
