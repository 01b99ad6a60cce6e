/** One place in the queue; what is needed to leave it from the middle. */
export interface QueueEntry<Item> {
  readonly item: Item;
  /** 0 is served first. */
  readonly level: number;
  readonly enqueuedAt: number;
}

/** An entry with its neighbours in its lane; `lane` is undefined once it has left. */
interface Link<Item> extends QueueEntry<Item> {
  /** Number in the order of arrival. */
  readonly order: number;
  lane: Lane<Item> | undefined;
  older: Link<Item> | undefined;
  newer: Link<Item> | undefined;
}

/** Entries of one level in the order of their arrival, as a linked list: any of them can leave in constant time. */
interface Lane<Item> {
  oldest: Link<Item> | undefined;
  newest: Link<Item> | undefined;
  size: number;
}

/** What waits on one level: those who lose interest soon, and those who can wait their turn. */
interface Level<Item> {
  readonly hasty: Lane<Item>;
  readonly patient: Lane<Item>;
}

const newLane = <Item>(): Lane<Item> => ({ oldest: undefined, newest: undefined, size: 0 });

/**
 * A bounded queue of strict levels. Within a level the oldest comes first; under pressure the *newest* of the hasty
 * comes first (adaptive LIFO, Maurer, "Fail at Scale", ACM Queue 2015): who has just come is still there to read
 * the answer, who has waited long is about to leave.
 */
export class PriorityQueue<Item> {
  readonly #levels: readonly Level<Item>[];
  readonly #capacity: number;
  #size = 0;
  #arrivals = 0;

  /** @throws RangeError for sizes that are not positive */
  constructor(levels: number, capacity: number) {
    if (!(levels > 0 && capacity > 0)) {
      throw new RangeError(`A priority queue needs levels and a capacity above 0, got ${levels} and ${capacity}`);
    }
    this.#levels = Array.from({ length: levels }, () => ({ hasty: newLane<Item>(), patient: newLane<Item>() }));
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= this.#capacity;
  }

  /** How many wait on a level. */
  sizeOf(level: number): number {
    const { hasty, patient } = this.#level(level);
    return hasty.size + patient.size;
  }

  /** How many wait on this level and those before it. */
  sizeUpTo(level: number): number {
    let size = 0;
    for (let index = 0; index <= level; index++) size += this.sizeOf(index);
    return size;
  }

  /**
   * Adds an entry.
   * @throws RangeError when the queue is full: look at {@link isFull} first, and {@link takeLast} to make room
   */
  push(level: number, hasty: boolean, enqueuedAt: number, item: Item): QueueEntry<Item> {
    if (this.isFull) throw new RangeError(`The queue holds its ${this.#capacity} entries already`);
    const lane = hasty ? this.#level(level).hasty : this.#level(level).patient;
    const order = this.#arrivals++;
    const link: Link<Item> = { item, level, enqueuedAt, order, lane, older: lane.newest, newer: undefined };
    if (lane.newest === undefined) lane.oldest = link;
    else lane.newest.newer = link;
    lane.newest = link;
    lane.size++;
    this.#size++;
    return link;
  }

  /** Takes an entry out of the middle; does nothing when it has left already. */
  remove(entry: QueueEntry<Item>): void {
    const link = entry as Link<Item>;
    const { lane, older, newer } = link;
    if (lane === undefined) return;
    if (older === undefined) lane.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) lane.newest = older;
    else newer.older = older;
    link.lane = undefined;
    link.older = undefined;
    link.newer = undefined;
    lane.size--;
    this.#size--;
  }

  /** The first level where an entry waits; undefined when none does. */
  get firstLevel(): number | undefined {
    if (this.#size === 0) return undefined;
    const index = this.#levels.findIndex(isOccupied);
    return index < 0 ? undefined : index;
  }

  /** Takes the entry to be served next: of the first level where one waits. */
  takeNext(underPressure: boolean): QueueEntry<Item> | undefined {
    const level = this.#levels.find(isOccupied);
    if (level === undefined) return undefined;
    return this.#take(underPressure ? (level.hasty.newest ?? level.patient.oldest) : oldestOf(level));
  }

  /** Takes the entry that is missed least: the oldest of the last level where one waits, if that is after `level`. */
  takeLast(after: number): QueueEntry<Item> | undefined {
    const index = this.#levels.findLastIndex(isOccupied);
    return index > after ? this.#take(oldestOf(this.#level(index))) : undefined;
  }

  /** When the entry that has waited longest was added; undefined when none waits. */
  oldestEnqueuedAt(): number | undefined {
    if (this.#size === 0) return undefined;
    const times = this.#levels.flatMap((level) => oldestOf(level)?.enqueuedAt ?? []);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  #take(link: Link<Item> | undefined): QueueEntry<Item> | undefined {
    if (link !== undefined) this.remove(link);
    return link;
  }

  #level(index: number): Level<Item> {
    const level = this.#levels[index];
    if (level === undefined) throw new RangeError(`There is no level ${index}; there are ${this.#levels.length}`);
    return level;
  }
}

function isOccupied<Item>({ hasty, patient }: Level<Item>): boolean {
  return hasty.size + patient.size > 0;
}

function oldestOf<Item>({ hasty, patient }: Level<Item>): Link<Item> | undefined {
  if (hasty.oldest === undefined || patient.oldest === undefined) return hasty.oldest ?? patient.oldest;
  return hasty.oldest.order < patient.oldest.order ? hasty.oldest : patient.oldest;
}
