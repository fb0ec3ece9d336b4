import { expect, test } from '@jest/globals'
import { composeReporters } from '../src/compose-reporters.ts'
import { flowMetrics } from '../src/flow-metrics.ts'
import { FakeReporter } from './fake-reporter.ts'
import { refusal } from './refusal.ts'

const { counter, histogram, gauge } = FakeReporter.prototype

test.each([
  ['nothing', undefined, 'reporter must be a MetricsReporter, got undefined'],
  ['null', null, 'reporter must be a MetricsReporter, got null'],
  ['a text', 'prometheus', 'reporter must be a MetricsReporter, got "prometheus"'],
  ['an empty object', {}, 'reporter.counter must be a function, got undefined'],
  ['one without histograms', { counter, gauge }, 'reporter.histogram must be a function, got undefined'],
  ['a gauge that is none', { counter, histogram, gauge: 1 }, 'reporter.gauge must be a function, got 1'],
])('%s is refused as a reporter', (_what, reporter, message) => {
  expect(refusal(() => flowMetrics(reporter as never))).toBe(message)
})

test('what is no reporter is refused as a part of a composition, by its place', () => {
  const message = 'reporters[1] must be a MetricsReporter, got undefined'
  expect(refusal(() => composeReporters(new FakeReporter(), undefined as never))).toBe(message)
})

test.each([
  [{ instance: 'x' }, 'instance is not an option'],
  [null, 'options must be an object, got null'],
  ['signup', 'options must be an object, got "signup"'],
  [['signup'], 'options must be an object, got an array'],
  [{ instanceId: '' }, 'instanceId must be a non-empty string, got ""'],
  [{ instanceId: null }, 'instanceId must be a non-empty string, got null'],
  [{ database: 5 }, 'database must be a non-empty string, got 5'],
  [{ revision: {} }, 'revision must be a non-empty string, got an object'],
  [{ database: 'orders', instanceId: 'signup', revision: 'abc123' }, 'accepted'],
  [{ labels: 'x' }, 'labels must be an object of strings, got "x"'],
  [{ labels: { tenant: 5 } }, 'labels.tenant must be a non-empty string, got 5'],
  [{ targets: {} }, 'targets must be an array of targets, got an object'],
  [{ targets: [null] }, 'targets[0] must be a target, got null'],
  [{ targets: [{}] }, 'targets[0].name must be a non-empty string, got undefined'],
  [{ detailTables: 1 }, 'detailTables must be true or false, got 1'],
  [{ exemplar: {} }, 'exemplar must be a function, got an object'],
  [{ labels: { tenant: 'a' }, targets: [{ name: 'users' }], detailTables: true }, 'accepted'],
])('of the options %j of flowMetrics it is said: %s', (options, message) => {
  expect(refusal(() => flowMetrics(new FakeReporter(), options as never))).toBe(message)
})

test('options are checked for a reporter that keeps nothing too', () => {
  expect(refusal(() => flowMetrics(composeReporters(), { instance: 'x' } as never))).toBe(
    'instance is not an option',
  )
})
