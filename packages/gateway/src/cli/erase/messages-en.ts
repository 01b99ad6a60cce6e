/** What `tideover erase` says in English. */
export const eraseEn = {
  summary: "forget everything that a running gateway keeps of a tenant",
  tenant: "whose",
  yesFlag: "do it: what is erased cannot be brought back",
  needsTenant: "Say whose: tideover erase TENANT --yes.",
  needsYes: (tenant: string) =>
    `Everything that is kept of ${tenant} (jobs, batches, files, reviews, answers, recent requests) would be gone for good. Add --yes to do it.`,
  erased: (tenant: string) => `Of ${tenant} nothing is kept any more. Forgotten:`,
  kinds: {
    batches: "batches",
    files: "files",
    jobs: "jobs, kept answers and responses",
    reviews: "entries of the review inbox",
    answers: "stored answers",
    requests: "recent requests",
  },
};
