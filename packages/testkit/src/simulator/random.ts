/** Random numbers that a seed decides: mulberry32 by Tommy Ettinger (public domain), which is small, fast, and good enough
 * to choose schedules. The seed goes through the finalizer of MurmurHash3 first, so that neighbours have nothing in common.
 * Sources: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c,
 * https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp */
export class Random {
  #state: number

  constructor(seed: number) {
    let state = seed | 0
    state = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
    this.#state = state ^ (state >>> 16)
  }

  /** From 0 up to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number, both bounds included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[Math.floor(this.next() * items.length)] as Item
  }

  /** One of the names, in proportion to their weights. */
  weighted<Name extends string>(weights: Readonly<Record<Name, number>>): Name {
    const names = Object.keys(weights) as Name[]
    let left = this.next() * names.reduce((sum, name) => sum + weights[name], 0)
    for (const name of names) {
      left -= weights[name]
      if (left < 0) return name
    }
    return names.at(-1) as Name
  }

  /** A generator of its own for another part of the run: however often one draws, the other draws the same. */
  fork(): Random {
    return new Random(this.integer(0, 0xffff_ffff))
  }
}
