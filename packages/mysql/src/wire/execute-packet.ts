import { ByteWriter } from '../types/index.ts'

/** The parts of a COM_STMT_EXECUTE before its parameters (https://mariadb.com/kb/en/com_stmt_execute/). */
const headerBytes = 4
const command = 0x17
const statementIdAt = headerBytes + 1

/** PARAMETER_COUNT_AVAILABLE: what MySQL wants to see where query attributes were agreed upon
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html). */
const countedFlag = 8

export interface ParameterTypes {
  /** The types of one row's values. */
  readonly row: readonly number[]
  readonly rows: number
}

/** The rows of one prepared statement, in the form in which they go over the wire. Made for one statement after the other:
 * what mysql2 would make of an array of values takes three times as long, and ten objects a row. */
export class ExecutePacket {
  /** Where the values go, one after the other. */
  readonly out: ByteWriter = new ByteWriter()
  readonly #named: boolean
  #nullsAt = 0

  /** @param named Parameters have names, which are empty: the connection has query attributes. */
  constructor(named: boolean) {
    this.#named = named
  }

  /** Begins anew. */
  begin({ row, rows }: ParameterTypes): void {
    const { out } = this
    const parameters = row.length * rows
    out.reset()
    out.skip(headerBytes)
    out.int8(command)
    out.int32(0)
    out.int8(this.#named ? countedFlag : 0)
    out.int32(1)
    if (this.#named) out.size(parameters)
    this.#nullsAt = out.skip((parameters + 7) >> 3)
    out.int8(1)
    out.repeat(this.#typesOf(row), rows)
  }

  /** The parameter at this place is NULL, for which nothing is written. */
  setNull(parameter: number): void {
    this.out.setBit(this.#nullsAt, parameter)
  }

  /** Bytes of the payload. */
  get length(): number {
    return this.out.length - headerBytes
  }

  /** The packet for a statement, with room for its header. It is valid until the next `begin`. */
  sealed(statementId: number): Buffer {
    const bytes = this.out.written()
    bytes.writeInt32LE(statementId, statementIdAt)
    return bytes
  }

  #typesOf(row: readonly number[]): Buffer {
    const size = this.#named ? 3 : 2
    const types = Buffer.alloc(size * row.length)
    for (const [place, type] of row.entries()) types.writeUInt16LE(type, place * size)
    return types
  }
}
