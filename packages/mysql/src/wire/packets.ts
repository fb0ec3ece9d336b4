import { ExecutePacket } from './execute-packet.ts'

/** Packets that are kept: as many as batches are under way at once, as a rule. */
const maxKept = 8

/** Packets that are used again, so that a flow in full swing allocates none. */
export class Packets {
  readonly #named: boolean
  readonly #free: ExecutePacket[] = []

  /** @param named As in {@link ExecutePacket}. */
  constructor(named: boolean) {
    this.#named = named
  }

  lend(): ExecutePacket {
    return this.#free.pop() ?? new ExecutePacket(this.#named)
  }

  takeBack(packet: ExecutePacket): void {
    if (this.#free.length < maxKept) this.#free.push(packet)
  }
}
