import { expect, test } from '@jest/globals'
import type { Driver } from '../../src/driver/driver.ts'
import type { Target } from '../../src/driver/target.ts'
import type { BatchFlowOptions } from '../../src/flow/options.ts'
import { resolveOptions, resolveRetune } from '../../src/flow/resolve-options.ts'

const driver: Driver = {
  name: 'none',
  capabilities: {},
  write: async () => await Promise.resolve(),
  classify: () => undefined,
}
const resolve = (options: object) =>
  resolveOptions({ driver, onDeadLetter: () => {}, ...options } as BatchFlowOptions<Target>)

test('every option that is wrong is named, with its rule and the value', () => {
  const wrong: [object, string][] = [
    [{ flushSize: 0 }, 'flushSize must be an integer from 1 to bufferSize, got 0'],
    [{ flushSize: 20, bufferSize: 10 }, 'flushSize must be an integer from 1 to bufferSize, got 20'],
    [{ flushSize: '500' }, 'flushSize must be an integer from 1 to bufferSize, got "500"'],
    [{ flushBytes: 1.5 }, 'flushBytes must be an integer from 1 to 9007199254740991, got 1.5'],
    [
      { flushIntervalMs: -1 },
      'flushIntervalMs must be a number of milliseconds from 0 to 2147483647, got -1',
    ],
    [
      { timeoutMs: 2 ** 31 },
      'timeoutMs must be a number of milliseconds from 1 to 2147483647, got 2147483648',
    ],
    [{ timeoutMs: Number.NaN }, 'timeoutMs must be a number of milliseconds from 1 to 2147483647, got NaN'],
    [
      { closeTimeoutMs: null },
      'closeTimeoutMs must be a number of milliseconds from 0 to 2147483647, got null',
    ],
    [{ bufferSize: 10n }, 'bufferSize must be an integer from 1 to 1073741824, got 10n'],
    [{ maxLaneRows: 20_000 }, 'maxLaneRows must be an integer from 1 to bufferSize, got 20000'],
    [{ concurrencyLimit: 0 }, 'concurrencyLimit must be an integer from 1 to 65536, got 0'],
    [
      { overflow: 'drop' },
      "overflow must be 'wait' or 'reject' or 'dropNewest' or 'dropOldest', got \"drop\"",
    ],
    [{ drainOnAbort: 'yes' }, 'drainOnAbort must be true or false, got "yes"'],
    [{ retry: { maxAttempts: 0 } }, 'retry.maxAttempts must be an integer from 1 to 1073741824, got 0'],
    [{ retry: { attempts: 3 } }, 'retry.attempts is not an option'],
    [{ retry: [] }, 'retry must be an object, got an array'],
    [{ flushsize: 3 }, 'flushsize is not an option'],
    [
      { targets: { users: { flushSize: 0 } } },
      'targets.users.flushSize must be an integer from 1 to bufferSize, got 0',
    ],
    [{ targets: { users: { bufferSize: 1 } } }, 'targets.users.bufferSize is not an option'],
    [{ onDeadLetter: undefined }, 'onDeadLetter must be a function, got undefined'],
    [{ deadLetters: {}, onDeadLetter: undefined }, 'deadLetters.write must be a function, got undefined'],
    [{ deadLetters: { write: () => {} } }, 'onDeadLetter and deadLetters exclude each other'],
    [{ classify: 3 }, 'classify must be a function, got 3'],
    [{ driver: {} }, 'driver.write must be a function, got undefined'],
    [{ driver: undefined }, 'driver must be an object, got undefined'],
    [{ observers: [null] }, 'observers[0] must be an object, got null'],
    [{ signal: new AbortController() }, 'signal.addEventListener must be a function, got undefined'],
    [{ flushSize: null }, 'flushSize must be an integer from 1 to bufferSize, got null'],
    [{ targets: null }, 'targets must be an object, got null'],
    [{ driver: { ...driver, name: '' } }, 'driver.name must be a text, got ""'],
    [
      { driver: { ...driver, capabilities: { maxConcurrency: 0 } } },
      'driver.capabilities.maxConcurrency must be an integer from 1 to 9007199254740991, got 0',
    ],
    [{ observers: {} }, 'observers must be an array, got an object'],
  ]
  for (const [options, message] of wrong)
    expect(() => resolve(options)).toThrow(
      expect.objectContaining({ code: 'BATCHFLOW_INVALID_OPTION', message }),
    )
})

test('an option that is undefined takes its default', () => {
  expect(resolve({ flushSize: undefined, bufferSize: undefined }).limits).toMatchObject({
    flushSize: 500,
    bufferSize: 10_000,
    concurrencyLimit: 4,
  })
})

test('the default of flushSize follows a smaller bufferSize', () => {
  expect(resolve({ bufferSize: 100 }).limits.flushSize).toBe(100)
})

test('what a driver can take caps what was asked for, and the limits say so', () => {
  const small: Driver = {
    ...driver,
    capabilities: { maxRowsPerBatch: 50, maxBatchBytes: 1_000, maxConcurrency: 2 },
  }
  expect(resolve({ driver: small }).limits).toMatchObject({
    flushSize: 50,
    flushBytes: 1_000,
    concurrencyLimit: 2,
  })
  const { limits } = resolve({ driver: small })
  expect(resolveRetune(limits, small, { concurrencyLimit: 8 }).concurrencyLimit).toBe(2)
})

test('options that were checked cannot be changed', () => {
  const resolved = resolve({})
  expect(
    Object.isFrozen(resolved) && Object.isFrozen(resolved.limits) && Object.isFrozen(resolved.retry),
  ).toBe(true)
})
