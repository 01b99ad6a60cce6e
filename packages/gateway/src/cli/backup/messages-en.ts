/** What `tideover backup` says in English. */
export const backupEn = {
  summary: "copy the data folder (jobs, cache, history, review inbox) while the gateway runs",
  toFlag: "folder for the copy; it must be empty or not there",
  needsTo: "Say where the copy goes: `tideover backup FOLDER`.",
  columns: ["File", "Bytes"],
  done: (folder: string) =>
    `Copied to ${folder}. To restore it, stop the gateway and put it in place of server.dataDir.`,
};
