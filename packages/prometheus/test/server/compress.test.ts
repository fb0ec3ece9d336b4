import { gunzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { acceptsGzip, compress } from '../../src/server/compress.ts'

test.each([
  ['gzip', true],
  ['deflate, gzip;q=0.5', true],
  ['br, GZIP', true],
  ['*', true],
  ['gzip;q=0', false],
  ['gzip; q=0.0', false],
  ['deflate, br', false],
  ['x-gzip', false],
  ['', false],
  [undefined, false],
])('a client that accepts %j takes gzip: %j', (header, takes) => {
  expect(acceptsGzip(header)).toBe(takes)
})

test('a long body is compressed, a short one is not worth it', async () => {
  const body = Buffer.from('batchflow_rows_pending 1\n'.repeat(1_000))
  const compressed = await compress(body)
  expect(compressed?.length).toBeLessThan(body.length / 10)
  expect(gunzipSync(compressed ?? Buffer.alloc(0)).equals(body)).toBe(true)
  expect(await compress(Buffer.from('ok\n'))).toBeUndefined()
})
