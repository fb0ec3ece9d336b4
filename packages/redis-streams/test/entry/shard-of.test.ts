import { expect, test } from '@jest/globals'
import { shardOf } from '@batchflow/redis-streams'

test('a key has the shard that it has always had', () => {
  // Kept by hand: rows of one key would be in two shards after an update of the package.
  expect([0, 1, 42, 'a', 'user:7', '北京', 2n ** 64n].map((key) => shardOf(key, 64))).toEqual([
    61, 20, 35, 4, 9, 5, 15,
  ])
})

test('a number, its bigint and its text are one key', () => {
  for (const shards of [3, 64, 1_000]) {
    expect(shardOf(7n, shards)).toBe(shardOf(7, shards))
    expect(shardOf('7', shards)).toBe(shardOf(7, shards))
  }
})

test.each([2, 4, 7, 16])('keys spread over %p shards, none with a tenth more than its share', (shards) => {
  const rows = 50_000
  const counts = new Array<number>(shards).fill(0)
  for (let key = 0; key < rows; key++) counts[shardOf(key, shards)] = (counts[shardOf(key, shards)] ?? 0) + 1
  expect(Math.max(...counts)).toBeLessThan((1.1 * rows) / shards)
})
