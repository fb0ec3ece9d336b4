import { rowSemantics } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import { tableOf } from '../src/index.ts'

const define = tableOf<object>() as unknown as (name: unknown, options: unknown) => ReturnType<typeof table>
const table = () => tableOf<{ id: number; name: string }>()('users', { columns: ['id', 'name'] })

test.each([
  ['', { columns: ['id'] }, 'name must be a non-empty string without NUL, got ""'],
  ['a\0b', { columns: ['id'] }, 'name must be a non-empty string without NUL, got "a\\u0000b"'],
  [7, { columns: ['id'] }, 'name must be a non-empty string without NUL, got 7'],
  ['t', undefined, 'options must be an object, got undefined'],
  ['t', { columns: [] }, 'columns must be a non-empty array of names, got an empty array'],
  ['t', { columns: ['id', 'id'] }, 'columns must be free of repeated names, got "id"'],
  ['t', { columns: ['id', ''] }, 'columns[1] must be a non-empty string without NUL, got ""'],
  ['t', { columns: ['id'], schema: '' }, 'schema must be a non-empty string without NUL, got ""'],
  [
    't',
    { columns: ['id'], colums: [] },
    'options must be only columns, schema, conflict, coalesce, missing, returning, types, got "colums"',
  ],
  [
    't',
    { columns: ['id'], conflict: { strategy: 'upsert', columns: ['id'] } },
    "conflict.strategy must be 'ignore' or 'update' or 'replace', got \"upsert\"",
  ],
  [
    't',
    { columns: ['id'], conflict: { strategy: 'ignore', columns: [] } },
    'conflict.columns must be a non-empty array of names, got an empty array',
  ],
  [
    't',
    { columns: ['id'], conflict: { strategy: 'ignore', columns: ['other'] } },
    'conflict.columns must be made of names in columns, got "other"',
  ],
  [
    't',
    { columns: ['id'], conflict: { strategy: 'update', columns: ['id'], update: [] } },
    'conflict.update must be a non-empty array of names, got an empty array',
  ],
  [
    't',
    { columns: ['id'], conflict: { strategy: 'update', columns: ['id'] } },
    'conflict.update must be an array of columns or an object of rules, not empty, got undefined',
  ],
  [
    't',
    { columns: ['id'], conflict: { strategy: 'update', columns: ['id'], update: { id: 'sum' } } },
    "conflict.update.id must be 'overwrite' or 'keep' or 'add' or 'max' or 'min' or 'coalesce' or 'merge', got \"sum\"",
  ],
  [
    't',
    { columns: ['id'], conflict: { strategy: 'ignore', columns: ['id'], update: ['id'] } },
    'conflict.update must be left out with strategy ignore, got an array',
  ],
  ['t', { columns: ['id'], coalesce: 'first' }, 'coalesce must be left out without conflict, got "first"'],
  ['t', null, 'options must be an object, got null'],
  ['t', { columns: null }, 'columns must be a non-empty array of names, got null'],
  ['t', { columns: new Array(1) }, 'columns[0] must be a non-empty string without NUL, got undefined'],
  ['t', { columns: ['id', 7n] }, 'columns[1] must be a non-empty string without NUL, got 7n'],
  ['t', { columns: ['id'], schema: null }, 'schema must be a non-empty string without NUL, got null'],
  ['t', { columns: ['id'], conflict: null }, 'conflict must be an object, got null'],
  [
    't',
    { columns: ['id'], conflict: { strategy: 'ignore', columns: ['id'], where: null } },
    'conflict.where must be left out with strategy ignore, got null',
  ],
  [
    't',
    { columns: ['id'], conflict: { strategy: 'update', columns: ['id'], update: {} } },
    'conflict.update must be an array of columns or an object of rules, not empty, got an empty object',
  ],
  [
    't',
    { columns: ['id'], conflict: { strategy: 'update', columns: ['id'], update: { id: null } } },
    "conflict.update.id must be 'overwrite' or 'keep' or 'add' or 'max' or 'min' or 'coalesce' or 'merge', got null",
  ],
  [
    't',
    { columns: ['id'], coalesce: null },
    "coalesce must be 'first' or 'last' or 'merge' or false, got null",
  ],
  ['t', { columns: ['id'], missing: null }, "missing must be 'default' or 'null' or 'error', got null"],
  ['t', { columns: ['id'], returning: null }, 'returning must be a non-empty array of names, got null'],
  ['t', { columns: ['id'], types: null }, 'types must be an object, got null'],
  [
    't',
    { columns: ['id'], types: { id: 'x'.repeat(50) } },
    "types.id must be 'json' or 'date' or 'boolean' or 'bigint', got a longer string",
  ],
  ['t', { columns: ['id'], missing: 'nil' }, "missing must be 'default' or 'null' or 'error', got \"nil\""],
  [
    't',
    { columns: ['id'], types: { id: 'uuid' } },
    "types.id must be 'json' or 'date' or 'boolean' or 'bigint', got \"uuid\"",
  ],
])('refuses the definition of %j with %j by option, rule and value', (name, options, message) => {
  expect(() => define(name, options)).toThrow(
    expect.objectContaining({ code: 'BATCHFLOW_INVALID_TARGET', message }),
  )
})

test('a table is frozen and keeps its own copy of the lists', () => {
  const columns: ('id' | 'name')[] = ['id', 'name']
  const users = tableOf<{ id: number; name: string }>()('users', { columns })
  columns.pop()
  expect(Object.isFrozen(users) && Object.isFrozen(users.columns)).toBe(true)
  expect(users).toMatchObject({
    kind: 'sql-table',
    name: 'users',
    columns: ['id', 'name'],
    missing: 'default',
  })
})

test('equal definitions have equal texts and every difference shows in it', () => {
  const text = (options: object, name = 't') =>
    define(name, { columns: ['a', 'b'], ...options })[rowSemantics]?.definition
  const update = (rules: object) => ({ conflict: { strategy: 'update', columns: ['a'], update: rules } })
  expect(text(update({ a: 'keep', b: 'add' }))).toBe(text(update({ b: 'add', a: 'keep' })))
  const texts = [
    text({}),
    text({}, 'u'),
    text({ schema: 's' }),
    text({ columns: ['b', 'a'] }),
    text({ missing: 'null' }),
    text({ returning: ['a'] }),
    text({ types: { a: 'json' } }),
    text({ conflict: { strategy: 'ignore', columns: ['a'] } }),
    text({ conflict: { strategy: 'replace', columns: ['a'] } }),
    text({ conflict: { strategy: 'ignore', columns: ['a'] }, coalesce: false }),
    text(update(['b'])),
    text(update({ b: 'add' })),
    text({ conflict: { ...update(['b']).conflict, where: 'b > 1' } }),
  ]
  expect(new Set(texts).size).toBe(texts.length)
})
