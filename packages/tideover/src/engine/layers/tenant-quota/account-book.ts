import { EVICTION_LOOKS, MAX_ACCOUNTS } from "./defaults.ts";

/** A bounded map of accounts by name, made when first needed. */
export class AccountBook<Account> {
  readonly #isForgettable: (account: Account) => boolean;
  readonly #capacity: number;
  /** Least recently used first. */
  readonly #accounts = new Map<string, Account>();
  /** Shared by those who come when the book is full of accounts that cannot be forgotten. */
  #overflow: Account | undefined;

  /** @param isForgettable whether a new account would be the same as this one */
  constructor(isForgettable: (account: Account) => boolean, capacity = MAX_ACCOUNTS) {
    this.#isForgettable = isForgettable;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#accounts.size;
  }

  /** All accounts that have one of their own. */
  values(): Iterable<Account> {
    return this.#accounts.values();
  }

  /**
   * The account of a name. When the book is full, an account that can be forgotten makes room; when none can,
   * newcomers share one account: nobody gets past a quota by making up names.
   */
  get(name: string, make: () => Account): Account {
    const known = this.#accounts.get(name);
    if (known !== undefined) {
      this.#accounts.delete(name);
      this.#accounts.set(name, known);
      return known;
    }
    if (this.#accounts.size >= this.#capacity && !this.#makeRoom()) {
      this.#overflow ??= make();
      return this.#overflow;
    }
    const account = make();
    this.#accounts.set(name, account);
    return account;
  }

  #makeRoom(): boolean {
    let looks = 0;
    for (const [name, account] of this.#accounts) {
      if (this.#isForgettable(account)) return this.#accounts.delete(name);
      if (++looks >= EVICTION_LOOKS) break;
    }
    return false;
  }
}
