/** Entries in one flight's log beyond which the ledger takes no more: twice what the engine shares. */
export const MAX_LOG_ENTRIES = 20_000;
