/** The most models (by account) that are remembered apart; model names come from callers, so there must be a bound. */
const MAX_REMEMBERED = 1_024;

/**
 * Things of one provider that are kept per account and upstream model, made when first needed. At the cap an idle one
 * makes room, and while none is idle the newcomers share one.
 */
export class PerModel<Thing extends { readonly idle: boolean }> {
  readonly #make: (account: string, model: string) => Thing;
  readonly #things = new Map<string, Thing>();
  #shared: Thing | undefined;

  constructor(make: (account: string, model: string) => Thing) {
    this.#make = make;
  }

  /** The one of an account and a model. */
  get(account: string, model: string): Thing {
    const key = `${account}\n${model}`;
    const known = this.#things.get(key);
    if (known !== undefined) return known;
    if (this.#things.size >= MAX_REMEMBERED && !this.#makeRoom()) {
      this.#shared ??= this.#make("*", "*");
      return this.#shared;
    }
    const made = this.#make(account, model);
    this.#things.set(key, made);
    return made;
  }

  /** All that were needed so far, for status pages. */
  *entries(): Iterable<{ account: string; model: string; thing: Thing }> {
    for (const [key, thing] of this.#things) {
      const [account = "", model = ""] = key.split("\n");
      yield { account, model, thing };
    }
  }

  #makeRoom(): boolean {
    for (const [key, thing] of this.#things) {
      if (thing.idle) return this.#things.delete(key);
    }
    return false;
  }
}
