/** A value in the words of an error message about an option: numbers and short texts as they are, anything else by its
 * kind. Not for values of rows, which are in no message.
 *
 * @example `flushSize must be an integer from 1 to bufferSize, got ${describeValue(value)}` */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value)
    case 'bigint':
      return `${value}n`
    case 'string':
      return value.length <= 40 ? JSON.stringify(value) : 'a longer string'
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object'
    default:
      return `a ${typeof value}`
  }
}
