import { tableOf } from '@batchflow/sqlite'

/** The row of the stress table: seven columns, a key and two secondary indexes. */
export interface StressRow {
  id: number
  name: string
  email: string
  age: number
  score: number
  city: string
  created_at: string
}

export const stressSetup = `
  create table stress (
    id integer primary key,
    name text not null,
    email text not null,
    age integer not null,
    score real not null,
    city text not null,
    created_at text not null
  );
  create index stress_name on stress (name);
  create index stress_email on stress (email)`

export const stress = tableOf<StressRow>()('stress', {
  columns: ['id', 'name', 'email', 'age', 'score', 'city', 'created_at'],
})

/** Made inside the timed loop of every case, as a service would. */
export function stressRow(id: number): StressRow {
  return {
    id,
    name: `user ${id}`,
    email: `user${id}@example.com`,
    age: id % 90,
    score: id / 7,
    city: id % 2 === 0 ? 'Zürich' : '北京市',
    created_at: '2026-01-01T00:00:00.000Z',
  }
}
