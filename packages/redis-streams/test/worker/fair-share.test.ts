import { expect, test } from '@jest/globals'
import { fairShare } from '../../src/worker/fair-share.ts'

const workers = ['a', 'b', 'c', 'd', 'e']

test('shares add up to all shards, and none is larger than another by more than one', () => {
  for (let shards = 1; shards <= 12; shards++)
    for (let count = 1; count <= workers.length; count++) {
      const live = workers.slice(0, count)
      const shares = live.map((worker) => fairShare(live, worker, shards))
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(shards)
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1)
    }
})

test('a worker that is not known to live has no share', () => {
  expect(fairShare(workers, 'z', 10)).toBe(0)
  expect(fairShare([], 'z', 10)).toBe(0)
})
