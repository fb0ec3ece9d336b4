/** A member of a {@link Roster}; `seat` is the roster's. */
export interface Seated {
  seat: number
}

/** Who takes part in something for a while, in no order.
 *
 * Not a Set: one that members enter and leave all the time gets a new table now and then, and the old table points to
 * the new one. A single table that the garbage collector has moved to the old generation then keeps every later one, with
 * the batches in it, until the next full collection: batches of 5,000 rows took twice their time. */
export class Roster<Member extends Seated> implements Iterable<Member> {
  readonly #members: Member[] = []

  get size(): number {
    return this.#members.length
  }

  /** The member must not be in a roster already. */
  add(member: Member): void {
    member.seat = this.#members.length
    this.#members.push(member)
  }

  /** Does nothing when it has left. */
  remove(member: Member): void {
    if (this.#members[member.seat] !== member) return
    const last = this.#members.pop() as Member
    if (last === member) return
    this.#members[member.seat] = last
    last.seat = member.seat
  }

  /** Takes everybody out. */
  clear(): Member[] {
    return this.#members.splice(0)
  }

  [Symbol.iterator](): Iterator<Member> {
    return this.#members[Symbol.iterator]()
  }
}
