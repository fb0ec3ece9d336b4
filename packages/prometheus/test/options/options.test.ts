import { BatchFlowError } from '@batchflow/core'
import { expect, test } from '@jest/globals'
import { openMetricsContentType, Registry } from 'prom-client'
import { createPrometheusReporter } from '../../src/create-prometheus-reporter.ts'
import { reporterOf } from '../support/reporter.ts'
import type { PrometheusReporterOptions } from '../../src/options/options.ts'

function refusal(options: unknown): string {
  try {
    createPrometheusReporter(options as PrometheusReporterOptions)[Symbol.dispose]()
  } catch (error) {
    if (BatchFlowError.is(error) && error.code === 'BATCHFLOW_INVALID_OPTION') return error.message
    throw error
  }
  return 'accepted'
}

test.each(['job', 'instance', 'le', 'quantile', '__name__', '__x'])(
  'the constant label %s is refused',
  (name) => {
    expect(refusal({ labels: { [name]: 'x' } })).toBe(
      `labels must be named unlike job, instance, le, quantile and __…, got "${name}"`,
    )
  },
)

test.each(['table', 'instance_id', 'test_name', 'type', 'reason'])(
  'the constant label %s is refused, because families have it',
  (name) => {
    expect(refusal({ labels: { [name]: 'x' } })).toBe(
      `labels must be named unlike the labels of the families, got "${name}"`,
    )
  },
)

const prefixRule = 'prefix must be letters, digits and underscores, not beginning with a digit'
const openMetrics = new Registry()
openMetrics.setContentType(openMetricsContentType as never)

test.each([
  [{ lables: { env: 'x' } }, 'lables is not an option'],
  [{ detail: 1 }, 'detail must be true or false, got 1'],
  [{ tableLabel: 'no' }, 'tableLabel must be true or false, got "no"'],
  [{ runtime: 'always' }, `runtime must be 'auto', true or false, got "always"`],
  [{ extraLabels: 'tenant' }, 'extraLabels must be an array of label names, got "tenant"'],
  [{ extraLabels: ['le'] }, 'extraLabels must be named unlike job, instance, le, quantile and __…, got "le"'],
  [{ extraLabels: ['table'] }, 'extraLabels must be named unlike the labels of the families, got "table"'],
  [
    { extraLabels: ['env'], labels: { env: 'x' } },
    'extraLabels must be named unlike the constant labels, got "env"',
  ],
  [{ sampleIntervalMs: 1 }, 'sampleIntervalMs must be a number of milliseconds from 10 to 2147483647, got 1'],
  [{ detail: true, tableLabel: false, runtime: false, extraLabels: ['tenant'] }, 'accepted'],
  // Labels of the services around the flow: taken only where those are.
  [{ labels: { service: 'orders', method: 'x' } }, 'accepted'],
  ['x', 'options must be an object, got "x"'],
  [null, 'options must be an object, got null'],
  [[], 'options must be an object, got an array'],
  [undefined, 'accepted'],
  [{ prefix: '1a' }, `${prefixRule}, got "1a"`],
  [{ prefix: 'a:b' }, `${prefixRule}, got "a:b"`],
  [{ prefix: 'prod-' }, `${prefixRule}, got "prod-"`],
  [{ prefix: 5 }, `${prefixRule}, got 5`],
  [{ prefix: '' }, 'accepted'],
  [{ labels: [] }, 'labels must be an object of strings, got an array'],
  [{ labels: { env: 1 } }, 'labels.env must be a string, got 1'],
  [
    { labels: { 'a-b': 'x' } },
    'labels must be named with letters, digits and underscores, not beginning with a digit, got "a-b"',
  ],
  [{ profile: 'batchsql' }, 'accepted'],
  [{ profile: 'most' }, 'profile must be one of batchflow, modern, batchsql, all, got "most"'],
  [{ registry: null }, 'registry must be a prom-client Registry, got null'],
  [{ registry: {} }, 'registry must be a prom-client Registry, got an object'],
  [
    { registry: openMetrics },
    `registry must be one of the Prometheus text format, got "application/openmetrics-text"`,
  ],
  [
    { buckets: { nope: [1] } },
    'buckets must be named after recorded histograms of the catalogue, got "nope"',
  ],
  [
    { buckets: { batchflow_rows_pending: [1] } },
    'buckets must be named after recorded histograms of the catalogue, got "batchflow_rows_pending"',
  ],
  [
    { buckets: { batchflow_pipeline_process_duration_second: [1] } },
    'buckets must be named after recorded histograms of the catalogue, got "batchflow_pipeline_process_duration_second"',
  ],
  [
    { buckets: { batchflow_batch_execution_duration_ms: [1] } },
    'buckets must be named after recorded histograms of the catalogue, got "batchflow_batch_execution_duration_ms"',
  ],
  [
    { buckets: { batchflow_batch_size: [1, 1] } },
    'buckets.batchflow_batch_size must be a list of finite numbers, each above the one before, got an array',
  ],
  [
    { buckets: { batchflow_batch_size: [Infinity] } },
    'buckets.batchflow_batch_size must be a list of finite numbers, each above the one before, got an array',
  ],
  [{ buckets: { batchflow_batch_size: [1, 10] } }, 'accepted'],
])('of the options %j it is said: %s', (options, message) => {
  expect(refusal(options)).toBe(message)
})

test('a profile that is unknown is refused per page too', async () => {
  const reporter = reporterOf()
  await expect(reporter.metrics({ profile: 'most' as never })).rejects.toMatchObject({
    code: 'BATCHFLOW_INVALID_OPTION',
    message: 'profile must be one of batchflow, modern, batchsql, all, got "most"',
  })
})

test.each([
  [null, 'options must be an object, got null'],
  ['modern', 'options must be an object, got "modern"'],
  [{ profil: 'modern' }, 'profil is not an option'],
  [{ profile: null }, 'profile must be one of batchflow, modern, batchsql, all, got null'],
])('of the page options %j it is said: %s', async (options, message) => {
  await expect(reporterOf().metrics(options as never)).rejects.toMatchObject({
    code: 'BATCHFLOW_INVALID_OPTION',
    message,
  })
})
