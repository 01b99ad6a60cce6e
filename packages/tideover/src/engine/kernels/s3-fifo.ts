/** Share of the weight that newcomers may have before they must prove themselves (the paper's 10%). */
const SMALL_SHARE = 0.1;
/** Uses that are remembered at most; more say nothing new (the paper's two bits). */
const MOST_USES = 3;
/** Uses while among the newcomers that earn a place in the main queue. */
const USES_TO_STAY = 1;
/** Evicted newcomers that are remembered, at most; each costs a number in a set and one in a ring. */
const MOST_GHOSTS = 65_536;

interface Node<Value> {
  readonly key: string;
  value: Value;
  weight: number;
  uses: number;
  inMain: boolean;
  older: Node<Value> | undefined;
  newer: Node<Value> | undefined;
}

/** First in, first out, with removal from the middle. */
class Queue<Value> {
  weight = 0;
  #oldest: Node<Value> | undefined;
  #newest: Node<Value> | undefined;

  get oldest(): Node<Value> | undefined {
    return this.#oldest;
  }

  add(node: Node<Value>): void {
    node.older = this.#newest;
    node.newer = undefined;
    if (this.#newest === undefined) this.#oldest = node;
    else this.#newest.newer = node;
    this.#newest = node;
    this.weight += node.weight;
  }

  remove(node: Node<Value>): void {
    if (node.older === undefined) this.#oldest = node.newer;
    else node.older.newer = node.newer;
    if (node.newer === undefined) this.#newest = node.older;
    else node.newer.older = node.older;
    this.weight -= node.weight;
  }
}

/**
 * A map bounded by weight that evicts by S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for
 * cache eviction", SOSP 2023). Newcomers wait in a small queue; who is used there moves to the main one, who is not
 * leaves early, so that the many keys that are used only once push nothing out. Who left too early and comes back (a
 * ghost) goes to the main queue at once.
 */
export class S3Fifo<Value> {
  readonly #maxWeight: number;
  readonly #nodes = new Map<string, Node<Value>>();
  readonly #small = new Queue<Value>();
  readonly #main = new Queue<Value>();
  readonly #ghosts = new Ghosts(MOST_GHOSTS);

  /** @param maxWeight the most weight that is held, in the unit of `set` */
  constructor(maxWeight: number) {
    if (!(maxWeight > 0)) throw new RangeError(`The most weight must be above zero, got ${maxWeight}.`);
    this.#maxWeight = maxWeight;
  }

  /** The weight of all that is held; never above the most. */
  get weight(): number {
    return this.#small.weight + this.#main.weight;
  }

  /** How many values are held. */
  get size(): number {
    return this.#nodes.size;
  }

  /** The value of a key. Counts as a use. */
  get(key: string): Value | undefined {
    const node = this.#nodes.get(key);
    if (node === undefined) return undefined;
    if (node.uses < MOST_USES) node.uses++;
    return node.value;
  }

  /**
   * Keeps a value, in place of the key's former one. Others leave until there is room.
   * @param weight above zero; a value that is heavier than the most is not kept
   */
  set(key: string, value: Value, weight: number): void {
    const known = this.#nodes.get(key);
    if (weight > this.#maxWeight) {
      if (known !== undefined) this.#drop(known);
      return;
    }
    if (known === undefined) this.#insert(key, value, weight);
    else {
      this.#queueOf(known).weight += weight - known.weight;
      known.value = value;
      known.weight = weight;
    }
    while (this.weight > this.#maxWeight) this.#evict();
  }

  /** @returns whether there was something to delete */
  delete(key: string): boolean {
    const node = this.#nodes.get(key);
    if (node === undefined) return false;
    this.#drop(node);
    return true;
  }

  /** All that is held, in no order; it may be deleted from meanwhile. */
  *entries(): IterableIterator<[string, Value]> {
    for (const [key, { value }] of this.#nodes) yield [key, value];
  }

  #insert(key: string, value: Value, weight: number): void {
    const inMain = this.#ghosts.take(key);
    const node: Node<Value> = { key, value, weight, uses: 0, inMain, older: undefined, newer: undefined };
    this.#nodes.set(key, node);
    this.#queueOf(node).add(node);
  }

  #evict(): void {
    const candidate = this.#small.weight >= SMALL_SHARE * this.#maxWeight ? this.#small.oldest : this.#main.oldest;
    const node = candidate ?? this.#small.oldest;
    if (node === undefined) return;
    if (node.inMain ? node.uses > 0 : node.uses >= USES_TO_STAY) {
      this.#queueOf(node).remove(node);
      node.uses = node.inMain ? node.uses - 1 : 0;
      node.inMain = true;
      this.#main.add(node);
      return;
    }
    if (!node.inMain) this.#ghosts.add(node.key);
    this.#drop(node);
  }

  #drop(node: Node<Value>): void {
    this.#queueOf(node).remove(node);
    this.#nodes.delete(node.key);
  }

  #queueOf(node: Node<Value>): Queue<Value> {
    return node.inMain ? this.#main : this.#small;
  }
}

/** The last so many keys that left, as 31-bit numbers (which engines hold unboxed): a collision only lets a newcomer in at once. */
class Ghosts {
  readonly #most: number;
  readonly #ring: number[] = [];
  readonly #present = new Set<number>();
  #next = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(key: string): void {
    const ghost = numberOf(key);
    if (this.#present.has(ghost)) return;
    const forgotten = this.#ring[this.#next];
    if (forgotten !== undefined) this.#present.delete(forgotten);
    this.#ring[this.#next] = ghost;
    this.#present.add(ghost);
    this.#next = (this.#next + 1) % this.#most;
  }

  /** Whether the key is a ghost; it is none from now on. */
  take(key: string): boolean {
    return this.#present.delete(numberOf(key));
  }
}

/** FNV-1a over the UTF-16 units of a key, without its lowest bit. */
function numberOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return hash >>> 1;
}
