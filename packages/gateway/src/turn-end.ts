import type { Writable } from "node:stream";

/**
 * So many tasks do not wait for the turn to end. After a pause of the loop (a collection, say) a turn brings a thousand
 * reads, and the first of them would wait for all the others; the readers are awake long before.
 */
const MOST_TASKS = 64;
/** So many last tasks are as many as wait: a turn that brings more runs them as it goes. */
const MOST_LAST_TASKS = 1_024;

/**
 * What is put off to the end of the event loop's turn, after everything that had come in when the turn began.
 *
 * Writes to sockets are: each write wakes whoever reads at the other end, and one that sleeps costs more to wake than the
 * bytes cost to send. Written together, most writes find the reader awake. A turn with a single event ends at once, so
 * that nothing waits where there is nothing to wait for. (Redis writes to its clients in the same way, before it sleeps.)
 */
export class TurnEnd {
  #tasks: ((() => void) | Writable)[] = [];
  #lastTasks: (() => void)[] = [];
  #due = false;

  /** Runs the task at the end of this turn, after those that came before it. It must not throw. */
  add(task: () => void): void {
    this.#put(task);
  }

  /** Runs the task after all that this turn writes: what nobody waits for. It must not throw. */
  addLast(task: () => void): void {
    if (this.#lastTasks.length >= MOST_LAST_TASKS) this.#runLast();
    this.#lastTasks.push(task);
    this.#arm();
  }

  /** Holds back what is written to a stream from now on until the end of this turn. */
  sendWith(stream: Writable): void {
    stream.cork();
    this.#put(stream);
  }

  /** A stream stands for its uncorking: nearly all tasks are, and each would need a function of its own. */
  #put(task: (() => void) | Writable): void {
    if (this.#tasks.length >= MOST_TASKS) this.#runAll();
    this.#tasks.push(task);
    this.#arm();
  }

  #arm(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(this.#run);
  }

  readonly #run = (): void => {
    this.#due = false;
    this.#runAll();
    if (this.#lastTasks.length > 0) this.#runLast();
  };

  #runLast(): void {
    const tasks = this.#lastTasks;
    this.#lastTasks = [];
    for (const task of tasks) task();
  }

  #runAll(): void {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) {
      if (typeof task === "function") task();
      else task.uncork();
    }
  }
}
