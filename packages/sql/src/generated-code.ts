/** Builds a function from text, with `scope` as its free names; undefined where the process forbids that
 * (`--disallow-code-generation-from-strings`, a content security policy). Callers then use a loop.
 *
 * Only names of columns get into the text, and only through `JSON.stringify`. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what its text makes
export function generate<T>(scope: Readonly<Record<string, unknown>>, code: string): T | undefined {
  try {
    // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- a third of the time of a loop over names
    const build = new Function(...Object.keys(scope), `'use strict'; return ${code}`) as (
      ...values: unknown[]
    ) => T
    return build(...Object.values(scope))
  } catch (error) {
    // Cross-realm safe: an EvalError is how engines say that code generation is off; anything else is a defect.
    if ((error as { name?: unknown } | null)?.name === 'EvalError') return undefined
    throw error
  }
}

/** A name that every object inherits (`constructor`, `__proto__`, …): reading it plainly would find that. */
export function isInherited(column: string): boolean {
  return column in Object.prototype
}

/** Code that reads a column of the variable `row` as its own property, else gives undefined. */
export function readOwn(column: string): string {
  const name = JSON.stringify(column)
  return `(hasOwn(row, ${name}) ? row[${name}] : undefined)`
}

/** Code for a property in an object literal; `__proto__` would set the prototype unless it is computed. */
export function property(column: string, value: string): string {
  const name = JSON.stringify(column)
  return column === '__proto__' ? `[${name}]: ${value}` : `${name}: ${value}`
}

/** Sets an own property, whatever its name. */
export function assignOwn(object: Record<string, unknown>, column: string, value: unknown): void {
  if (column === '__proto__')
    Object.defineProperty(object, column, { value, enumerable: true, configurable: true, writable: true })
  else object[column] = value
}
