import type DatabaseConstructor from 'better-sqlite3'
import { parentPort, workerData } from 'node:worker_threads'
import { Connection } from './connection.ts'
import { plainError } from './plain-error.ts'
import type { Reply, Request, Work, WorkerSettings } from './protocol.ts'

// Loaded here and reported with the first request, so that a missing package or binary is one clear error.
const loaded: { Database: typeof DatabaseConstructor } | { error: unknown } =
  await import('better-sqlite3').then(
    (module) => ({ Database: module.default }),
    (error: unknown) => ({ error }),
  )

const connection = new Connection(workerData as WorkerSettings, () => {
  if ('error' in loaded) throw loaded.error
  return loaded.Database
})

parentPort?.on('message', ({ id, work }: Request) => {
  parentPort?.postMessage(answer(id, work))
  // Without its listener nothing keeps the thread alive.
  if (work.kind === 'close') parentPort?.close()
})

function answer(id: number, work: Work): Reply {
  try {
    return { id, value: perform(work) }
  } catch (error) {
    return { id, error: plainError(error) }
  }
}

function perform(work: Work): unknown {
  switch (work.kind) {
    case 'describe':
      return connection.describe(work.table, work.schema)
    case 'check':
      return connection.check(work.texts)
    case 'write': {
      const failures = connection.write(work.slot, work.rows)
      return failures.length > 0 ? failures : undefined
    }
    case 'query':
      return connection.query(work.sql, work.params)
    case 'close':
      return connection.close()
  }
}
