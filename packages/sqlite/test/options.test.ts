import { sqlite, type SqliteOptions } from '@batchflow/sqlite'
import { expect, test } from '@jest/globals'

test.each<readonly [options: unknown, message: string]>([
  [undefined, 'options must be an object, got undefined'],
  [null, 'options must be an object, got null'],
  [{ path: 'a', file: 'b' }, 'options must be only path, synchronous, setup, got "file"'],
  [{ path: '' }, 'path must be a file path or \':memory:\', got ""'],
  [{ path: null }, "path must be a file path or ':memory:', got null"],
  [{ path: 'a', synchronous: null }, "synchronous must be 'full' or 'normal', got null"],
  [{ path: 'a', synchronous: 'off' }, "synchronous must be 'full' or 'normal', got \"off\""],
  [{ path: 'a', setup: null }, 'setup must be SQL text, got null'],
  [{ path: 'a', setup: ['x'] }, 'setup must be SQL text, got an array'],
])('refuses %j by option, rule and value', (options, message) => {
  expect(() => sqlite(options as SqliteOptions)).toThrow(
    expect.objectContaining({ code: 'BATCHFLOW_INVALID_OPTION', message }),
  )
})
