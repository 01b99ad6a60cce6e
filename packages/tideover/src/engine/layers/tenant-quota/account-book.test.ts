import { expect, test } from "vitest";
import { AccountBook } from "./account-book.ts";
import { EVICTION_LOOKS } from "./defaults.ts";

interface Account {
  full: boolean;
}

const make = (capacity: number) => new AccountBook<Account>(({ full }) => full, capacity);
const busy = (): Account => ({ full: false });

test("an account is made once and found again", () => {
  const book = make(10);
  const shop = book.get("shop", busy);
  expect(book.get("shop", busy)).toBe(shop);
  expect(book.get("bank", busy)).not.toBe(shop);
});

test("at the cap the least recently used full account makes room", () => {
  const book = make(3);
  const [a, b, c] = ["a", "b", "c"].map((name) => book.get(name, busy));
  if (a === undefined || b === undefined || c === undefined) throw new Error("three accounts were made");
  b.full = true;
  c.full = true;
  book.get("b", busy);
  book.get("d", busy);
  expect(book.size).toBe(3);
  expect(book.get("a", busy)).toBe(a);
  expect(book.get("b", busy)).toBe(b);
  expect(book.get("c", busy)).not.toBe(c);
});

test("when none is full newcomers share one account, and nobody known loses theirs", () => {
  const book = make(2);
  const a = book.get("a", busy);
  book.get("b", busy);
  expect(book.get("x", busy)).toBe(book.get("y", busy));
  expect(book.get("a", busy)).toBe(a);
  expect(book.size).toBe(2);
});

test("only so many of the least recently used are looked at for one that can be forgotten", () => {
  const fill = (idleIndex: number) => {
    const looked: Account[] = [];
    const book = new AccountBook<Account>((account) => looked.push(account) > 0 && account.full, 100);
    for (let index = 0; index < 100; index++) book.get(`${index}`, () => ({ full: index === idleIndex }));
    book.get("new", busy);
    return { looks: looked.length, forgotten: book.get(`${idleIndex}`, busy).full === false };
  };
  expect(fill(EVICTION_LOOKS - 1)).toEqual({ looks: EVICTION_LOOKS, forgotten: true });
  expect(fill(EVICTION_LOOKS)).toEqual({ looks: EVICTION_LOOKS, forgotten: false });
});
