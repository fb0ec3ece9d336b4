import type { ResultCallback } from './client.ts'

/** What this command uses of mysql2's connection (3.24). */
export interface CommandConnection {
  readonly clientEncoding: string
  _resetSequenceId(): void
  writePacket(packet: OutgoingPacket): void
  addCommand(command: ExecuteCommand): unknown
  destroy(): void
}

/** A packet of the server, as mysql2 reads it. */
interface IncomingPacket {
  isError(): boolean
  asError(encoding: string): Error
  readInt8(): number
  readInt16(): number
  readLengthCodedNumber(): number
}

/** A packet to the server, as mysql2 writes it: it numbers it, and cuts what is too long into several. */
interface OutgoingPacket {
  readonly buffer: Buffer
  length(): number
  writeHeader(sequenceId: number): void
}

const okMarker = 0

/** A command of mysql2 that sends a ready-made COM_STMT_EXECUTE and hears whether it went well: how mysql2's own commands
 * work. */
export class ExecuteCommand {
  /** Called by mysql2 too, when the connection fails. */
  readonly onResult: ResultCallback
  readonly #bytes: Buffer
  #isSent = false

  constructor(bytes: Buffer, onResult: ResultCallback) {
    this.#bytes = bytes
    this.onResult = onResult
  }

  /** Called by mysql2: first without a packet, then with each that answers. true: it is over. */
  execute(packet: IncomingPacket | undefined, connection: CommandConnection): boolean {
    if (!this.#isSent || packet === undefined) {
      this.#isSent = true
      connection._resetSequenceId()
      connection.writePacket(outgoing(this.#bytes))
      return false
    }
    if (packet.isError()) this.onResult(packet.asError(connection.clientEncoding))
    else this.#hear(packet, connection)
    return true
  }

  #hear(packet: IncomingPacket, connection: CommandConnection): void {
    if (packet.readInt8() !== okMarker) {
      // Rows, or the wish for a file of this machine: nothing that an INSERT is answered by.
      connection.destroy()
      this.onResult(new Error('the server answered an INSERT by something else than OK'))
      return
    }
    const affectedRows = packet.readLengthCodedNumber()
    packet.readLengthCodedNumber()
    this.onResult(null, { affectedRows, serverStatus: packet.readInt16() })
  }
}

function outgoing(buffer: Buffer): OutgoingPacket {
  const length = buffer.length - 4
  return {
    buffer,
    length: () => length,
    writeHeader(sequenceId) {
      buffer.writeUIntLE(length, 0, 3)
      buffer[3] = sequenceId
    },
  }
}
