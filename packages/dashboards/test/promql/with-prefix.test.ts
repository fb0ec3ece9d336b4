import { expect, test } from '@jest/globals'
import { parsePromql } from '../../src/promql/parse.ts'
import { withPrefix } from '../../src/promql/with-prefix.ts'

test('every family gets the prefix, with its suffix, and in spite of macros', () => {
  expect(
    withPrefix(
      'histogram_quantile(0.9, sum by (le) (rate(batchflow_batch_size_bucket{job="a"}[$__rate_interval]))) / nodejs_heap_size_used_bytes',
      'prod_',
    ),
  ).toBe(
    'histogram_quantile(0.9, sum by (le) (rate(prod_batchflow_batch_size_bucket{job="a"}[$__rate_interval]))) / prod_nodejs_heap_size_used_bytes',
  )
})

test('what Prometheus makes itself, recorded series, labels and texts are left alone', () => {
  const expr = 'up == 0 or ALERTS{alertname="batchflow_batch_size"} or flow:batchflow_rows_lost:ratio_rate1h'
  expect(withPrefix(expr, 'prod_')).toBe(expr)
  expect(withPrefix('batchflow_batch_size_count', '')).toBe('batchflow_batch_size_count')
})

test('an expression that is none is refused with the place', () => {
  expect(() => parsePromql('rate(x_total[5m)')).toThrow('rate(x_total[5m) must be PromQL, got an error at')
  expect(() => parsePromql('up // a comment of another language')).toThrow('must be PromQL')
})
