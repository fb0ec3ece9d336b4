/** A value by its kind: what may stand in a message about a field that could hold a secret or an alert's text. */
export function kindOf(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'nothing'
    case 'string':
      return value === '' ? 'an empty string' : 'a string'
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object'
    case 'number':
      return Number.isInteger(value) ? 'an integer' : 'a number'
    default:
      return `a ${typeof value}`
  }
}
