import { createBatchFlow, type FlowObserver, type Target } from '@batchflow/core'
import type { Case } from './case.ts'
import { coreRow, type CoreRow, sink } from './core-rows.ts'
import type { Side } from './side-by-side.ts'

/** A flow into a driver that does nothing, with what listens to it. */
export function side(target: Target<CoreRow>, flushSize: number, observers: readonly FlowObserver[]): Side {
  const driver = sink()
  const flow = createBatchFlow({
    driver,
    flushSize,
    bufferSize: 4 * flushSize,
    onDeadLetter: () => {},
    observers,
  })
  return {
    async feed(from, rows) {
      for (let id = from; id < from + rows; id++) {
        const row = coreRow(id)
        if (!flow.trySubmit(target, row)) await flow.submit(target, row)
      }
      await flow.flush()
    },
    async close() {
      await flow.close()
      return driver.rows
    },
  }
}

/** Such a flow by itself. */
export function alone(target: Target<CoreRow>, observers: () => readonly FlowObserver[]): Case {
  return async ({ rows, flushSize }) => {
    const flow = side(target, flushSize, observers())
    await flow.feed(0, rows)
    return await flow.close()
  }
}
