import type { ColumnType as GivenType } from '@batchflow/sql'
import { binary, bitOf } from './binary.ts'
import { enumOf, setOf } from './choice.ts'
import type { ColumnType } from './column-type.ts'
import { decimal } from './decimal.ts'
import type { Encoder } from './encoder.ts'
import { floatOf } from './float.ts'
import { integerOf, withoutZero } from './integer.ts'
import { json } from './json.ts'
import { date, datetimeOf, timeOfDay, timestampOf, year } from './temporal.ts'
import { otherText, textOf } from './text.ts'
import { uuid } from './uuid.ts'

/** What of the server matters to encoders. */
export interface EncodingRules {
  /** Stands behind a TIMESTAMP's text, where the server reads offsets. */
  readonly timestampOffset: '+00:00' | ''
  /** NULL for a TIMESTAMP that is NOT NULL becomes the current time (explicit_defaults_for_timestamp is off). */
  readonly nullIsNow: boolean
  /** 0 for an AUTO_INCREMENT column becomes the next number (NO_AUTO_VALUE_ON_ZERO is off). */
  readonly zeroIsNext: boolean
}

/** The encoder of a column by its type and the table's `types`. A text instead: why it cannot be written. */
export function encoderOf(
  type: ColumnType & { readonly notNull: boolean },
  given: GivenType | undefined,
  rules: EncodingRules,
): Encoder | string {
  const own = ownEncoder(type, rules)
  if (own === undefined) return `is of type ${type.name}, which this driver does not write`
  if (given === undefined) return own
  const fitting = fits[given].has(type.name)
  if (!fitting) return `is of type ${type.name}, which types '${given}' does not fit`
  return given === 'json' ? json : own
}

/** The types of columns that a word of the table's `types` is true of. */
const fits: Readonly<Record<GivenType, ReadonlySet<string>>> = {
  json: new Set(['json', 'char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext']),
  date: new Set(['date', 'datetime', 'timestamp']),
  boolean: new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'bit']),
  bigint: new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint']),
}

function ownEncoder(
  type: ColumnType & { readonly notNull: boolean },
  { timestampOffset, nullIsNow, zeroIsNext }: EncodingRules,
): Encoder | undefined {
  const { name, declared, fraction = 0 } = type
  const integer = integerOf(name, declared.includes('unsigned'))
  if (integer !== undefined) return type.counts === true && zeroIsNext ? withoutZero(integer) : integer
  switch (name) {
    case 'decimal':
      return decimal
    case 'double':
      return floatOf(false)
    case 'float':
      return floatOf(true)
    case 'char':
    case 'varchar':
    case 'tinytext':
    case 'text':
    case 'mediumtext':
    case 'longtext':
      return textOf(type)
    case 'binary':
    case 'varbinary':
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return binary
    case 'bit':
      return bitOf(type.bits ?? 1)
    case 'date':
      return date
    case 'datetime':
      return datetimeOf(fraction)
    case 'timestamp':
      return timestampOf(fraction, timestampOffset, nullIsNow && type.notNull)
    case 'time':
      return timeOfDay(fraction)
    case 'year':
      return year
    case 'json':
      return json
    case 'enum':
      return enumOf(declared)
    case 'set':
      return setOf(declared)
    case 'uuid':
      return uuid
    case 'inet4':
    case 'inet6':
      return otherText
    default:
      return undefined
  }
}
