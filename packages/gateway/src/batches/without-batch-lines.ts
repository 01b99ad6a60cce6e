import type { Job } from "tideover/engine";

/** Tells of ended jobs. */
type Announce = (ended: readonly Job[]) => Promise<readonly string[]>;

/** Leaves out the lines of batches: whoever sent fifty thousand of them does not want as many messages. */
export function withoutBatchLines(announce: Announce): Announce {
  return async (ended) => {
    const own = ended.filter(({ group }) => group === undefined);
    const told = own.length === 0 ? [] : await announce(own);
    return [...told, ...ended.flatMap(({ id, group }) => (group === undefined ? [] : [id]))];
  };
}
