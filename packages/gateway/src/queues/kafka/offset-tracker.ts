/** A message of one partition, as far as its place is concerned. */
interface Placed {
  readonly offset: bigint;
}

/**
 * Says up to which message of each partition everything is done. Messages are done in any order, and Kafka remembers
 * one place only: a commit past a message that is not done would lose it with the process.
 */
export class OffsetTracker<Message extends Placed> {
  /** By topic and partition, in the order of delivery. Bounded by what is delivered and not done. */
  readonly #open = new Map<string, { readonly message: Message; done: boolean }[]>();

  /** A message has come. */
  add(partition: string, message: Message): void {
    const entries = this.#open.get(partition) ?? [];
    entries.push({ message, done: false });
    this.#open.set(partition, entries);
  }

  /** A message is done. @returns the last message of its partition before which nothing is open; undefined for none new */
  done(partition: string, message: Message): Message | undefined {
    const entries = this.#open.get(partition) ?? [];
    const entry = entries.find((open) => open.message.offset === message.offset);
    if (entry !== undefined) entry.done = true;
    let last: Message | undefined;
    while (entries[0]?.done === true) last = entries.shift()?.message;
    if (entries.length === 0) this.#open.delete(partition);
    return last;
  }
}
