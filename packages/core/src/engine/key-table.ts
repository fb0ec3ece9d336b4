import type { RowKey } from '../driver/target.ts'

/** A batch as the key table knows it. */
export interface KeyOwner {
  /** Its writes are over: its keys are free. */
  done: boolean
}

/** Cells that a key may stand in. */
const ways = 4

/** The keys of a lane's batches in flight: a set-associative table of key and owning batch. A cell is free when its owner
 * is done, so nothing is ever cleaned up; a key that finds all its cells taken counts as taken itself, which only makes a
 * row wait for a later batch. The owners are small objects of their own, so that a stale cell holds no rows. */
export class KeyTable {
  readonly #keys: RowKey[]
  readonly #owners: (KeyOwner | undefined)[]
  readonly #mask: number

  /** @param rows The most rows that are in flight at once; the table has at least eight cells for each. */
  constructor(rows: number) {
    const cells = 2 ** Math.ceil(Math.log2(Math.max(1, rows) * 8))
    this.#keys = new Array<RowKey>(cells).fill(undefined)
    this.#owners = new Array<KeyOwner | undefined>(cells).fill(undefined)
    this.#mask = cells / ways - 1
  }

  /** Takes a key for a batch. `mine`: the batch has it already; `taken`: another one has, or there is no cell. */
  claim(key: string | number | bigint, owner: KeyOwner): 'free' | 'mine' | 'taken' {
    const first = (hash(key) & this.#mask) * ways
    let free = -1
    for (let cell = first; cell < first + ways; cell++) {
      const holder = this.#owners[cell]
      if (holder === undefined || holder.done) {
        if (free === -1) free = cell
      } else if (this.#keys[cell] === key) return holder === owner ? 'mine' : 'taken'
    }
    if (free === -1) return 'taken'
    this.#keys[free] = key
    this.#owners[free] = owner
    return 'free'
  }
}

/** Spreads keys over the table: FNV-1a for texts, Murmur3's finalizer for numbers.
 * Source: http://www.isthe.com/chongo/tech/comp/fnv/, https://github.com/aappleby/smhasher */
function hash(key: string | number | bigint): number {
  if (typeof key === 'string') {
    let state = 0x811c9dc5
    for (let index = 0; index < key.length; index++)
      state = Math.imul(state ^ key.charCodeAt(index), 0x01000193)
    return mixed(state)
  }
  if (typeof key === 'bigint') return mixed(Number(BigInt.asIntN(32, key)))
  const low = key | 0
  // `| 0` alone would lose the fraction and what lies beyond 32 bits.
  return mixed(key === low ? low : low ^ ((key / 4_294_967_296) | 0) ^ ((key % 1) * 2 ** 30))
}

function mixed(bits: number): number {
  let state = bits | 0
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
  return (state ^ (state >>> 16)) >>> 0
}
