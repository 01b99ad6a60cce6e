import fc from "fast-check";
import { expect, test } from "vitest";
import { Bag, type BagMember } from "./bag.ts";

test("a bag holds what a set would, whatever goes in and out", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ member: fc.nat(5), enters: fc.boolean() })), (steps) => {
      const members = Array.from({ length: 6 }, (): BagMember => ({ bagIndex: -1 }));
      const bag = new Bag<BagMember>();
      const expected = new Set<BagMember>();
      for (const { member: index, enters } of steps) {
        const member = members[index];
        if (member === undefined) continue;
        if (enters && !expected.has(member)) {
          bag.add(member);
          expected.add(member);
        } else if (!enters) {
          bag.delete(member);
          expected.delete(member);
        }
        expect(bag.size).toBe(expected.size);
        expect(new Set(bag.toArray())).toEqual(expected);
        expect(members.every((one) => one.bagIndex >= 0 === expected.has(one))).toBe(true);
      }
    }),
  );
});

test("members may be taken out while they are gone through", () => {
  const bag = new Bag<BagMember>();
  const members = [0, 1, 2].map((): BagMember => ({ bagIndex: -1 }));
  for (const member of members) bag.add(member);
  const seen: BagMember[] = [];
  for (const member of bag.toArray()) {
    seen.push(member);
    bag.delete(member);
  }
  expect(seen).toEqual(members);
  expect(bag.size).toBe(0);
});
