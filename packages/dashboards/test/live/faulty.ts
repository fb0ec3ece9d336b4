import type { Batch, Driver, Target, WriteContext } from '@batchflow/core'

/** Which batches a driver lets fail: asked with the first attempt of each, numbered from 0. Returns how many attempts of
 * it fail. */
export type FailingAttempts = (batch: number) => number

/** A driver some of whose attempts lose their connection before anything is written. */
export function faulty<T extends Target>(driver: Driver<T>, failing: FailingAttempts): Driver<T> {
  const left = new Map<string, number>()
  let batches = 0
  return {
    name: driver.name,
    capabilities: driver.capabilities,
    ...(driver.prepare && { prepare: driver.prepare.bind(driver) }),
    ...(driver.preview && { preview: driver.preview.bind(driver) }),
    ...(driver.pool && { pool: driver.pool.bind(driver) }),
    ...(driver.close && { close: driver.close.bind(driver) }),
    classify: (error) => driver.classify(error),
    async write(batch: Batch<T>, context: WriteContext) {
      const failures = left.get(batch.id) ?? failing(batches++)
      left.set(batch.id, failures - 1)
      // A code of Node's: no driver has to know of this.
      if (failures > 0) throw Object.assign(new Error('connection lost (injected)'), { code: 'ECONNRESET' })
      left.delete(batch.id)
      return await driver.write(batch, context)
    },
  }
}

/** A database that is down. */
export function down<T extends Target>(name: string): Driver<T> {
  return {
    name,
    capabilities: {},
    classify: () => undefined,
    write: () => Promise.reject(Object.assign(new Error('refused (injected)'), { code: 'ECONNREFUSED' })),
  }
}
