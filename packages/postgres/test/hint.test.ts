import { expect, test } from '@jest/globals'
import { PostgresDriverError } from '../src/driver-error.ts'
import { hintOf } from '../src/hint.ts'
import { planTable } from '../src/plan.ts'
import { define } from './define.ts'
import { described } from './described.ts'

const table = define('t', { columns: ['id', 'name'] })
const plan = planTable(table, described({ id: 'bigint', name: 'text' }), {
  strategy: 'auto',
  prepared: false,
  canCopy: true,
})
const rows = [
  { id: 1, name: 'a' },
  { id: 2n, name: 'b, c' },
  { id: '3', name: null },
  { id: 4, name: 'a' },
]

/** Rows 3, 0, 2 and 1 were sent, in this order. */
const hint = (fields: object) =>
  hintOf(new PostgresDriverError(Object.assign(new Error('x'), fields), 'committing'), {
    plan,
    rows,
    indices: [3, 0, 2, 1],
  })

test.each([
  ['the line of a COPY', { where: 'COPY t, line 2' }, 0],
  ['with a column', { where: 'COPY t, line 4, column name' }, 1],
  ['of a table with an odd name', { where: 'COPY a, line 9, line 3' }, 2],
  ['below the lines of a trigger', { where: 'PL/pgSQL function f() line 7 at RAISE\nCOPY t, line 1' }, 3],
  ['a key', { detail: 'Key (id)=(2) already exists.' }, 1],
  ['a key as text', { detail: 'Key (id)=(3) already exists.' }, 2],
  ['a key of two columns', { detail: 'Key (name, id)=(b, c, 2) is not present in table "x".' }, 1],
  ['a key in another language', { detail: 'Schlüssel »(id)=(4)« existiert bereits.' }, 3],
  ['a key that several rows have: the last of them', { detail: 'Key (name)=(a) already exists.' }, 0],
])('finds the row by %s', (_, fields, row) => {
  expect(hint(fields)).toBe(row)
})

test.each([
  ['nothing', {}],
  ['a line that was not sent', { where: 'COPY t, line 9' }],
  ['a line in another language', { where: 'COPY t, Zeile 2' }],
  ['a row', { detail: 'Failing row contains (1, a).' }],
  ['a key of others', { detail: 'Key (id)=(99) already exists.' }],
  ['a key of an expression', { detail: 'Key (lower(name))=(a) already exists.' }],
  ['a key of a column that is not written', { detail: 'Key (other)=(1) already exists.' }],
  ['what is no text', { where: 5, detail: {} }],
])('guesses nothing from %s', (_, fields) => {
  expect(hint(fields)).toBeUndefined()
})
