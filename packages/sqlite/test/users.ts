import { tableOf } from '@batchflow/sqlite'

export interface User {
  id: number
  name?: string | null
}

/** Makes the table, for the driver's option `setup`. */
export const setup = `create table if not exists users (id integer primary key, name text not null default 'nobody' unique)`

export const users = tableOf<User>()('users', { columns: ['id', 'name'] })

export const upserts = tableOf<User>()('users', {
  columns: ['id', 'name'],
  conflict: { strategy: 'update', columns: ['id'], update: ['name'] },
})

/** Good rows with ids from `from` on. */
export function makeUsers(count: number, from = 0): User[] {
  return Array.from({ length: count }, (_, index) => ({ id: from + index, name: `name ${from + index}` }))
}
