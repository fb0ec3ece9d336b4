import { rowSemantics } from '@batchflow/core'
import {
  commandsOf,
  counterOf,
  hashOf,
  keyValueOf,
  listOf,
  type RedisCommand,
  type RedisTarget,
  sortedSetOf,
  streamOf,
} from '@batchflow/redis'
import { expect, test } from '@jest/globals'
import { commandsOfRow } from '../src/commands.ts'

interface Row {
  readonly id: number
  readonly name?: string
  readonly at?: number
}

/** What a row becomes when it is submitted. */
function commands<R>(target: RedisTarget<R>, row: R): readonly RedisCommand[] | undefined {
  const copy = target[rowSemantics]?.snapshot(row)
  return copy === undefined ? undefined : target[commandsOfRow]?.(copy)
}

function keyOf<R>(target: RedisTarget<R>, row: R): unknown {
  const semantics = target[rowSemantics]
  return semantics?.key?.(semantics.snapshot(row))
}

const ada: Row = { id: 7, name: 'Ada', at: 1.5 }

test.each<readonly [name: string, target: RedisTarget<Row>, commands: readonly RedisCommand[], key: unknown]>(
  [
    [
      'of its own',
      commandsOf<Row>()('t', (row) => [['SET', `k:${row.id}`, 1]]),
      [['SET', 'k:7', 1]],
      undefined,
    ],
    [
      'of its own with a key',
      commandsOf<Row>()(
        't',
        (row) => [
          ['DEL', 'a'],
          ['SADD', 'b', row.id],
        ],
        { key: ({ id }) => id },
      ),
      [
        ['DEL', 'a'],
        ['SADD', 'b', 7],
      ],
      7,
    ],
    [
      'a key and its value',
      keyValueOf<Row>()('t', { key: ({ id }) => `k:${id}`, value: ({ name = '' }) => name }),
      [['SET', 'k:7', 'Ada']],
      'k:7',
    ],
    [
      'a key for a time',
      keyValueOf<Row>()('t', { key: ({ id }) => `k:${id}`, value: ({ name = '' }) => name, ttlMs: 60_000 }),
      [['SET', 'k:7', 'Ada', 'PX', 60_000]],
      'k:7',
    ],
    [
      'a key for a time of its own',
      keyValueOf<Row>()('t', { key: () => 'k', value: () => 1, ttlMs: ({ id }) => id * 1_000 }),
      [['SET', 'k', 1, 'PX', 7_000]],
      'k',
    ],
    [
      'fields of a hash',
      hashOf<Row>()('t', {
        key: ({ id }) => `h:${id}`,
        fields: ({ name, at }) => ({ name, at, gone: undefined }),
      }),
      [['HSET', 'h:7', 'name', 'Ada', 'at', 1.5]],
      'h:7',
    ],
    [
      'fields of a hash for a time',
      hashOf<Row>()('t', { key: () => 'h', fields: ({ name }) => ({ name }), ttlMs: 5 }),
      [
        ['HSET', 'h', 'name', 'Ada'],
        ['PEXPIRE', 'h', 5],
      ],
      'h',
    ],
    [
      'an element of a list',
      listOf<Row>()('t', { key: 'l', value: ({ id }) => id }),
      [['RPUSH', 'l', 7]],
      'l',
    ],
    [
      'an element at the left, of so many at the most',
      listOf<Row>()('t', { key: ({ id }) => `l:${id}`, value: ({ id }) => id, end: 'left', maxLength: 10 }),
      [
        ['LPUSH', 'l:7', 7],
        ['LTRIM', 'l:7', 0, 9],
      ],
      'l:7',
    ],
    [
      'an element at the right, of so many at the most',
      listOf<Row>()('t', { key: 'l', value: ({ id }) => id, maxLength: 10, ttlMs: 9 }),
      [
        ['RPUSH', 'l', 7],
        ['LTRIM', 'l', -10, -1],
        ['PEXPIRE', 'l', 9],
      ],
      'l',
    ],
    [
      'a member of a sorted set',
      sortedSetOf<Row>()('t', { key: 'z', member: ({ name = '' }) => name, score: ({ at = 0 }) => at }),
      [['ZADD', 'z', '1.5', 'Ada']],
      '1:zAda',
    ],
    [
      'the best score of a member',
      sortedSetOf<Row>()('t', {
        key: 'z',
        member: () => Buffer.from([255]),
        score: () => -Infinity,
        rule: 'max',
      }),
      [['ZADD', 'z', 'GT', '-inf', Buffer.from([255])]],
      '1:zÿ',
    ],
    [
      'an entry of a stream',
      streamOf<Row>()('t', { key: 's', fields: ({ name }) => ({ name }) }),
      [['XADD', 's', '*', 'name', 'Ada']],
      's',
    ],
    [
      'an entry with an id, of so many at the most',
      streamOf<Row>()('t', {
        key: 's',
        fields: ({ name }) => ({ name }),
        id: ({ id }) => `${id}-1`,
        maxLength: 100,
      }),
      [['XADD', 's', 'MAXLEN', '~', 100, '7-1', 'name', 'Ada']],
      's',
    ],
    ['a count', counterOf<Row>()('t', { key: 'c' }), [['INCRBY', 'c', 1]], undefined],
    [
      'a count of a field',
      counterOf<Row>()('t', {
        key: 'c',
        field: ({ name = '' }) => name,
        by: ({ id }) => BigInt(id),
        ttlMs: 5,
      }),
      [
        ['HINCRBY', 'c', 'Ada', 7n],
        ['PEXPIRE', 'c', 5],
      ],
      undefined,
    ],
    [
      'a count with fractions',
      counterOf<Row>()('t', { key: 'c', by: ({ at = 0 }) => at, numbers: 'float' }),
      [['INCRBYFLOAT', 'c', 1.5]],
      undefined,
    ],
  ],
)('a row that is %s', (_, target, expected, key) => {
  expect(commands(target, ada)).toEqual(expected)
  expect(keyOf(target, ada)).toBe(key)
})

test.each([
  ['keep', ['NX']],
  ['min', ['LT']],
  ['add', ['INCR']],
  ['overwrite', []],
] as const)('the score rule %s', (rule, words) => {
  const target = sortedSetOf<Row>()('t', { key: 'z', member: () => 'm', score: () => 1, rule })
  expect(commands(target, ada)).toEqual([['ZADD', 'z', ...words, '1', 'm']])
})

const argument =
  'a string without lone surrogates, a finite number with integers within 2^53, a bigint or a Buffer'

test.each<readonly [value: unknown, kind: string]>([
  [undefined, 'undefined'],
  [null, 'null'],
  [true, 'a boolean'],
  [{}, 'an object'],
  [['x'], 'an array'],
  [new Date(), 'a Date'],
  [new Map(), 'a Map'],
  [Number.NaN, 'NaN'],
  [Infinity, 'Infinity'],
  [2 ** 53, 'an integer beyond 2^53 as a number'],
  ['a\ud800b', 'a string with a lone surrogate'],
  [() => 1, 'a function'],
  [Symbol('x'), 'a symbol'],
  [new Float64Array(1), 'an ArrayBuffer view'],
])('%p is refused when it is submitted, by its kind', (value, kind) => {
  const target = commandsOf<{ value: unknown }>()('rows', (row) => [
    ['SET', 'key', 1],
    ['hset', 'key', 'field', row.value as string],
  ])
  expect(() => commands(target, { value })).toThrow(
    expect.objectContaining({
      code: 'BATCHFLOW_INVALID_ROW',
      message: `rows: argument 3 of HSET must be ${argument}, got ${kind}`,
    }),
  )
})

test.each<readonly [given: unknown, message: string]>([
  [undefined, 'rows: what toCommands returns must be an array of commands, got undefined'],
  ['SET', 'rows: what toCommands returns must be an array of commands, got a string'],
  [[], 'rows: a row must have at least one command, got none'],
  [['SET', 'k', 'v'], 'rows: a command must be an array of its name and its arguments, got a string'],
  [[[]], 'rows: the name of a command must be a text of letters, digits, points and the like, got undefined'],
  [
    [['SE T']],
    'rows: the name of a command must be a text of letters, digits, points and the like, got a string',
  ],
  [[['select', 1]], 'rows: SELECT must be a command that leaves the connection as it is'],
  [[['SUBSCRIBE', 'c']], 'rows: SUBSCRIBE must be a command that answers once'],
  [[['MULTI']], 'rows: MULTI must be a command outside of transactions'],
  [[['BLPOP', 'k', 0]], 'rows: BLPOP must be a command that does not block'],
])('the commands %j are refused', (given, message) => {
  const target = commandsOf<{ id: number }>()('rows', () => given as readonly RedisCommand[])
  expect(() => commands(target, { id: 1 })).toThrow(
    expect.objectContaining({ code: 'BATCHFLOW_INVALID_ROW', message }),
  )
})

test.each<readonly [make: () => unknown, message: string]>([
  [() => commandsOf()('', () => []), 'name must be a text that is not empty, got ""'],
  [() => commandsOf()('t', 1 as never), 'toCommands must be a function, got 1'],
  [() => commandsOf()('t', () => [], { keys: 1 } as never), 'options must be only key, coalesce, got "keys"'],
  [() => commandsOf()('t', () => [], { key: 1 } as never), 'key must be a function, got 1'],
  [
    () => commandsOf()('t', () => [], { coalesce: 'last' }),
    "key must be a function where coalesce is 'last', got undefined",
  ],
  [
    () => commandsOf()('t', () => [], { coalesce: 'first' } as never),
    'coalesce must be \'last\' or left out, got "first"',
  ],
  [() => keyValueOf()('t', { value: () => 1 } as never), 'key must be a function, got undefined'],
  [() => keyValueOf()('t', undefined as never), 'options must be an object, got undefined'],
  [
    () => keyValueOf()('t', { key: () => '', value: () => 1, ttlMs: 0.5 }),
    'ttlMs must be an integer from 1, got 0.5',
  ],
  [
    () => keyValueOf()('t', { key: () => '', value: () => 1, ttl: 1 } as never),
    'options must be only key, value, ttlMs, coalesce, got "ttl"',
  ],
  [() => hashOf()('t', { key: () => '' } as never), 'fields must be a function, got undefined'],
  [() => listOf()('t', { key: '', value: () => 1 }), 'key must be a text or a function, got ""'],
  [
    () => listOf()('t', { key: 'k', value: () => 1, end: 'top' } as never),
    "end must be 'left' or 'right', got \"top\"",
  ],
  [
    () => listOf()('t', { key: 'k', value: () => 1, maxLength: 0 }),
    'maxLength must be an integer from 1, got 0',
  ],
  [
    () => sortedSetOf()('t', { key: 'k', member: () => 1, score: () => 1, rule: 'sum' } as never),
    "rule must be 'overwrite' or 'keep' or 'max' or 'min' or 'add', got \"sum\"",
  ],
  [
    () => sortedSetOf()('t', { key: 'k', member: () => 1, score: () => 1, rule: 'add', coalesce: 'last' }),
    "rule must be 'overwrite' where coalesce is 'last', got \"add\"",
  ],
  [
    () => streamOf()('t', { key: 'k', fields: () => ({}), id: '1' } as never),
    'id must be a function, got "1"',
  ],
  [() => counterOf()('t', { key: 'k', by: 1 } as never), 'by must be a function, got 1'],
  [
    () => counterOf()('t', { key: 'k', numbers: 'real' } as never),
    "numbers must be 'integer' or 'float', got \"real\"",
  ],
])('a definition is refused by option, rule and value: %#', (make, message) => {
  expect(make).toThrow(expect.objectContaining({ code: 'BATCHFLOW_INVALID_TARGET', message }))
})

test.each<readonly [target: RedisTarget<Row>, message: string]>([
  [
    hashOf<Row>()('t', { key: () => 'h', fields: () => ({ a: undefined }) }),
    't: what fields returns must be an object with a field at least, got an object',
  ],
  [
    hashOf<Row>()('t', { key: () => 'h', fields: () => [] as never }),
    't: what fields returns must be an object, got an array',
  ],
  [
    keyValueOf<Row>()('t', { key: () => 'k', value: () => 1, ttlMs: () => -1 }),
    't: ttlMs must be an integer from 1, got a number',
  ],
  [
    sortedSetOf<Row>()('t', { key: 'z', member: () => 'm', score: () => Number.NaN }),
    't: score must be a number, got NaN',
  ],
  [
    counterOf<Row>()('t', { key: 'c', by: () => 0.5 }),
    't: by must be an integer within 2^53 as a number, or a bigint, got a number',
  ],
  [
    counterOf<Row>()('t', { key: 'c', by: () => '1' as never }),
    't: by must be an integer within 2^53 as a number, or a bigint, got a string',
  ],
])('a row is refused by field, rule and kind: %#', (target, message) => {
  expect(() => commands(target, ada)).toThrow(
    expect.objectContaining({ code: 'BATCHFLOW_INVALID_ROW', message }),
  )
})

test('the last of two rows stands for both only where it was asked for', () => {
  const options = { key: ({ id }: Row) => `k:${id}`, value: ({ name = '' }: Row) => name }
  const semantics = keyValueOf<Row>()('t', { ...options, coalesce: 'last' })[rowSemantics]
  const [one, other] = [ada, { ...ada, name: 'Grace' }].map((row) => semantics?.snapshot(row) as Row) as [
    Row,
    Row,
  ]
  expect(semantics?.coalesce?.(one, other)).toBe(other)
  expect(keyValueOf<Row>()('t', options)[rowSemantics]?.coalesce).toBeUndefined()
})
