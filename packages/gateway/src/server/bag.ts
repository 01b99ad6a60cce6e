/** What a {@link Bag} holds: it carries its own place there, which is the bag's to set. */
export interface BagMember {
  bagIndex: number;
}

/**
 * What is under way, in no order. Not a `Set`: whose table is made anew after every so many deletions, and each old one,
 * with all that was in it then, keeps the next alive until the old generation is collected. With requests as members that
 * was 8 KB for each of them, which the young generation copied twice and could not let go.
 */
export class Bag<Member extends BagMember> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** Puts in what is in no bag. */
  add(member: Member): void {
    member.bagIndex = this.#members.length;
    this.#members.push(member);
  }

  /** Takes it out; nothing where it is not in. */
  delete(member: Member): void {
    if (this.#members[member.bagIndex] !== member) return;
    const last = this.#members.pop();
    if (last !== undefined && last !== member) {
      last.bagIndex = member.bagIndex;
      this.#members[member.bagIndex] = last;
    }
    member.bagIndex = -1;
  }

  /** All members as they are now: taking some out meanwhile changes nothing for whoever goes through them. */
  toArray(): Member[] {
    return [...this.#members];
  }
}
