import { expect, test } from '@jest/globals'
import Database from 'better-sqlite3'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Connection } from '../src/connection.ts'

/** better-sqlite3, keeping what it opens. */
function recorded(): { readonly opened: Database.Database[]; readonly load: () => typeof Database } {
  const opened: Database.Database[] = []
  function open(...options: ConstructorParameters<typeof Database>): Database.Database {
    const db = new Database(...options)
    opened.push(db)
    return db
  }
  return { opened, load: () => open as unknown as typeof Database }
}

async function inFolder(run: (folder: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'batchflow-connection-'))
  try {
    run(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const aborts = new Int32Array(2)

test.each([
  ['full', 2],
  ['normal', 1],
] as const)('synchronous %s holds for every database, on every open, in WAL', async (synchronous, level) => {
  await inFolder((folder) => {
    const file = join(folder, 'a.db')
    const setup = `attach '${join(folder, 'b.db')}' as b; create table if not exists b.t (id integer)`
    for (let time = 0; time < 2; time++) {
      const { opened, load } = recorded()
      const connection = new Connection({ path: file, file, synchronous, setup, aborts }, load)
      connection.query('select 1', [])
      expect(opened[0]?.pragma('main.synchronous', { simple: true })).toBe(level)
      expect(opened[0]?.pragma('b.synchronous', { simple: true })).toBe(level)
      expect(opened[0]?.pragma('journal_mode', { simple: true })).toBe('wal')
      connection.close()
    }
  })
})

test('a setup that fails closes the file and runs again at the next call', async () => {
  await inFolder((folder) => {
    const file = join(folder, 'a.db')
    const { opened, load } = recorded()
    const connection = new Connection({ path: file, file, synchronous: 'full', setup: 'selct', aborts }, load)
    for (let time = 0; time < 2; time++)
      expect(() => connection.query('select 1', [])).toThrow(
        expect.objectContaining({
          code: 'BATCHFLOW_INVALID_OPTION',
          message: 'setup failed: near "selct": syntax error',
          cause: expect.objectContaining({ code: 'SQLITE_ERROR' }),
        }),
      )
    expect(opened.map((db) => db.open)).toEqual([false, false])
  })
})

test('a missing package or binary is a database that cannot be opened, in one line', () => {
  const connection = new Connection({ path: 'x', file: 'x', synchronous: 'full', aborts }, () => {
    throw new Error('Cannot find package\nand much more')
  })
  expect(() => connection.query('select 1', [])).toThrow(
    expect.objectContaining({
      code: 'BATCHFLOW_INVALID_OPTION',
      message: 'cannot open the database file x: Cannot find package',
      cause: expect.objectContaining({ code: 'SQLITE_CANTOPEN' }),
    }),
  )
})
