import { BatchFlowError, describeValue } from '@batchflow/core'
import { resolve } from 'node:path'
import type { WorkerSettings } from './protocol.ts'

/** Where the database is, and how sure a commit has to be. */
export interface SqliteOptions {
  /** The database file, made if it is not there, or `':memory:'`. The folder must exist. */
  readonly path: string
  /** `full`: a commit survives a loss of power. `normal`: the last commits may be lost then, though never in a crash of
   * the process, and the database stays whole. @defaultValue `'full'` */
  readonly synchronous?: 'full' | 'normal'
  /** SQL run each time that the database is opened, before anything else: once, and again should the worker have to be
   * replaced; so `create table if not exists …`. */
  readonly setup?: string
}

const names = ['path', 'synchronous', 'setup']

/** Checks the options of the factory and resolves their defaults.
 *
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function checkOptions(options: SqliteOptions): Omit<WorkerSettings, 'aborts'> {
  if (typeof options !== 'object' || options === null) return refuse('options', 'an object', options)
  for (const option of Object.keys(options))
    if (!names.includes(option)) refuse('options', `only ${names.join(', ')}`, option)
  const { path, synchronous = 'full', setup } = options
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    return refuse('path', "a file path or ':memory:'", path)
  if (synchronous !== 'full' && synchronous !== 'normal')
    return refuse('synchronous', "'full' or 'normal'", synchronous)
  if (setup !== undefined && typeof setup !== 'string') return refuse('setup', 'SQL text', setup)
  const file = path === ':memory:' ? path : resolve(path)
  return { path, file, synchronous, ...(setup !== undefined && { setup }) }
}

function refuse(option: string, rule: string, got: unknown): never {
  throw new BatchFlowError('BATCHFLOW_INVALID_OPTION', `${option} must be ${rule}, got ${describeValue(got)}`)
}
