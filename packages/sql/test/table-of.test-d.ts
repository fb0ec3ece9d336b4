import type { RowOf } from '@batchflow/core'
import type { Generated } from 'kysely'
import { tableOf, tablesOf } from '../src/index.ts'

interface UserRow {
  id: number
  name: string
  email?: string | null
}
interface DB {
  users: { id: Generated<number>; name: string; email: string | null; created_at: Generated<Date> }
}

const users = tableOf<UserRow>()('users', {
  columns: ['id', 'name', 'email'],
  conflict: { strategy: 'update', columns: ['id'], update: ['name', 'email'] },
})
export const row: RowOf<typeof users> = { id: 1, name: 'Ada' }
export const kusers = tablesOf<DB>()('users', { columns: ['name', 'email'] })
tableOf<UserRow>()('users', {
  columns: ['id', 'name'],
  conflict: { strategy: 'update', columns: ['id'], update: { name: 'overwrite' } },
})
tableOf<UserRow>()('users', { columns: ['id', 'name'], conflict: { strategy: 'ignore', columns: ['id'] } })
// @ts-expect-error a required column is left out
tableOf<UserRow>()('users', { columns: ['id'] })
// @ts-expect-error no such column
tableOf<UserRow>()('users', { columns: ['id', 'name', 'nope'] })
// @ts-expect-error a conflict column that is not among the columns
tableOf<UserRow>()('users', { columns: ['id', 'name'], conflict: { strategy: 'ignore', columns: ['email'] } })
tableOf<UserRow>()('users', {
  columns: ['id', 'name'],
  // @ts-expect-error an update column that is not among the columns
  conflict: { strategy: 'update', columns: ['id'], update: ['email'] },
})
tableOf<UserRow>()('users', {
  columns: ['id', 'name'],
  // @ts-expect-error update list only belongs to strategy update
  conflict: { strategy: 'ignore', columns: ['id'], update: ['name'] },
})
// @ts-expect-error update without its list
tableOf<UserRow>()('users', { columns: ['id', 'name'], conflict: { strategy: 'update', columns: ['id'] } })
// @ts-expect-error strategy misspelt
tableOf<UserRow>()('users', { columns: ['id', 'name'], conflict: { strategy: 'upsert', columns: ['id'] } })
// @ts-expect-error required by the Kysely table
tablesOf<DB>()('users', { columns: ['email'] })
// @ts-expect-error no such table
tablesOf<DB>()('user', { columns: ['name'] })
