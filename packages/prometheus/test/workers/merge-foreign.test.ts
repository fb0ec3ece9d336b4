import { expect, test } from '@jest/globals'
import type { ForeignFamily } from '../../src/page/foreign-family.ts'
import { mergeForeign } from '../../src/workers/merge-foreign.ts'

function family(
  aggregator: string | undefined,
  values: ForeignFamily['values'],
  type = 'gauge',
): ForeignFamily {
  return { name: 'own', help: 'Own.', type, values, ...(aggregator === undefined ? {} : { aggregator }) }
}

const of = (value: number, labels: Record<string, string> = {}) => ({ value, labels })

test.each([
  [undefined, 9],
  ['sum', 9],
  ['first', 2],
  ['min', 2],
  ['max', 4],
  ['average', 3],
  ['of their own', 9],
])('with the aggregator %j they are %i', (aggregator, result) => {
  const families = [2, 3, 4].map((value) => family(aggregator, [of(value)]))
  expect(mergeForeign(families).map(({ values }) => values)).toEqual([[of(result)]])
})

test('what is to be omitted is', () => {
  expect(mergeForeign([family('omit', [of(1)])])).toEqual([])
})

test('labels are compared whatever their order', () => {
  const [merged] = mergeForeign([
    family('sum', [of(1, { a: 'x', b: 'y' }), of(5, { a: 'z', b: 'y' })]),
    family('sum', [of(2, { b: 'y', a: 'x' })]),
  ])
  expect(merged?.values.map(({ value }) => value)).toEqual([3, 5])
})

test('of quantiles the largest is shown, and counts are summed', () => {
  const summary = (at: number) =>
    family(
      undefined,
      [
        { metricName: 'own', labels: { quantile: 0.5 }, value: at },
        { metricName: 'own_count', labels: {}, value: 10 },
      ],
      'summary',
    )
  const [merged] = mergeForeign([summary(0.1), summary(0.3)])
  expect(merged?.values.map(({ value }) => value)).toEqual([0.3, 20])
})
