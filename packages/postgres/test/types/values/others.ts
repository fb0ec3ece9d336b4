import fc from 'fast-check'
import { awkward } from './texts.ts'
import { itself, type TypedValues } from './typed-value.ts'

const integer = fc.integer({ min: -999, max: 999 })
const pair = fc.tuple(integer, integer)
const point = pair.map(([x, y]) => `(${x},${y})`)
const bits = fc.string({ unit: fc.constantFrom('0', '1') })
const quoted = awkward.filter((text) => text !== '').map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`)

const range = fc.oneof(
  fc.constant('empty'),
  pair.map(([low, span]) => `[${low},${low + Math.abs(span)})`),
  integer.map((low) => `(${low},]`),
)
const hexPair = fc.integer({ min: 0, max: 255 }).map((byte) => byte.toString(16).padStart(2, '0'))
const mac = fc.array(hexPair, { minLength: 6, maxLength: 6 })

export const others: TypedValues = [
  [
    'inet',
    itself(
      fc.oneof(
        fc.ipV4(),
        fc.ipV6(),
        fc.ipV4().map((ip) => `${ip}/24`),
        fc.ipV6().map((ip) => `${ip}/64`),
      ),
    ),
  ],
  ['cidr', itself(fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('10.0.0.0/8', '2001:db8::/32')))],
  [
    'macaddr',
    itself(
      fc.oneof(
        mac.map((bytes) => bytes.join(':')),
        mac.map((bytes) => bytes.join('')),
      ),
    ),
  ],
  ['bit(3)', itself(fc.string({ unit: fc.constantFrom('0', '1'), minLength: 3, maxLength: 3 }))],
  ['varbit', itself(bits)],
  ['int4range', itself(range)],
  ['tstzrange', itself(fc.constantFrom('[2024-01-01 00:00+00,2024-01-02 00:00+00)', 'empty', '(,)'))],
  ['int4multirange', itself(fc.array(range, { maxLength: 3 }).map((ranges) => `{${ranges.join(',')}}`))],
  ['xml', itself(fc.constantFrom('<a/>', '<a b="c">d</a>', 'text', '<a>ü</a>'))],
  ['money', itself(fc.constantFrom('12.50', '-1', '1,234.00'))],
  ['point', itself(point)],
  ['box', itself(fc.tuple(point, point).map((corners) => corners.join(',')))],
  ['polygon', itself(fc.array(point, { minLength: 1 }).map((points) => `(${points.join(',')})`))],
  ['tsvector', itself(fc.constantFrom("'cat' 'fat':2A", 'a b c', ''))],
  ['hstore', itself(fc.tuple(quoted, quoted).map(([key, value]) => `${key}=>${value}`))],
  ['ltree', itself(fc.constantFrom('a.b.c', '', 'top'))],
  ['"odd schema"."odd ""enum"', itself(fc.constantFrom('a', 'b'))],
  ['pair', itself(fc.tuple(integer, quoted).map(([first, second]) => `(${first},${second})`))],
]
