import { commandsOf } from '@batchflow/redis'
import { tableOf, type SqlTable } from '@batchflow/sqlite'

/** A row that a CHECK refuses when its amount is negative. */
export interface OrderRow {
  readonly id: number
  readonly name: string
  readonly amount: number
}

export const users: SqlTable<OrderRow> = tableOf<OrderRow>()('users', {
  columns: ['id', 'name', 'amount'],
  conflict: { strategy: 'update', columns: ['id'], update: ['name', 'amount'] },
})
export const orders: SqlTable<OrderRow> = tableOf<OrderRow>()('orders', { columns: ['id', 'name', 'amount'] })

export const schema = `
  create table if not exists users (id integer primary key, name text not null, amount integer not null);
  create table if not exists orders (id integer not null, name text not null, amount integer not null check (amount >= 0));`

/** Keys with a prefix of their own, so that a test removes what it wrote. */
export const keysOf = (prefix: string) =>
  commandsOf<OrderRow>()('sessions', (row) => [['SET', `${prefix}${row.id % 1_000}`, row.name, 'PX', 60_000]])
