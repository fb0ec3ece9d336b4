import type { RedisCommand } from '@batchflow/redis'
import type { ContractRow } from '@batchflow/testkit'
import type { Redis } from 'ioredis'

/** A table made of hashes, by functions of the server: Redis has no command that refuses a row because its key is there. */
export interface ContractTable {
  /** The command that writes a row. */
  command(mode: Mode, row: ContractRow): RedisCommand
  create(): Promise<void>
  read(): Promise<readonly ContractRow[]>
  drop(): Promise<void>
}

export type Mode = 'insert' | 'ignore' | 'update'

/** Long names come in pieces: redis-parser 3 keeps a timer running for seconds after a long text. */
const readRow = `
  local name = redis.call('HGET', KEYS[1], 'name') or '\\0'
  local row = { redis.call('HGET', KEYS[1], 'id'), redis.call('HGET', KEYS[1], 'note') }
  for i = 1, #name, 9000 do row[#row + 1] = string.sub(name, i, i + 8999) end
  return row`

/** NULL, which Redis does not have. */
const none = '\0'

function nameOf(stored: string): string | null {
  return stored === none ? null : stored
}

/** @param servers All that may have keys of the table.
 * @param prefix What the table's keys begin with. */
export function contractTable(servers: readonly Redis[], prefix: string): ContractTable {
  const suffix = prefix.replace(/\W/g, '_')
  const code = `#!lua name=table_${suffix}
    local function fill(key, args)
      redis.call('HSET', key, 'id', args[1])
      redis.call('HSETNX', key, 'note', 'none')
      for i = 2, #args, 2 do redis.call('HSET', key, args[i], args[i + 1]) end
      return redis.status_reply('OK')
    end
    local function there(key) return redis.call('EXISTS', key) == 1 end
    redis.register_function('insert_${suffix}', function(keys, args)
      if there(keys[1]) then return redis.error_reply('BUSYKEY Target key name already exists.') end
      return fill(keys[1], args)
    end)
    redis.register_function('ignore_${suffix}', function(keys, args)
      if there(keys[1]) then return redis.status_reply('OK') end
      return fill(keys[1], args)
    end)
    redis.register_function('update_${suffix}', function(keys, args)
      if not there(keys[1]) then return fill(keys[1], args) end
      for i = 2, #args, 2 do if args[i] == 'name' then redis.call('HSET', keys[1], 'name', args[i + 1]) end end
      return redis.status_reply('OK')
    end)`
  return {
    command(mode, { id, name, note }) {
      const key = `${prefix}${id}`
      // No table takes it: HSET without a field.
      if (name === 'bad') return ['HSET', key]
      const fields: string[] = []
      if (name !== undefined) fields.push('name', name ?? none)
      if (note !== undefined) fields.push('note', note)
      return ['FCALL', `${mode}_${suffix}`, 1, key, id, ...fields]
    },
    async create() {
      for (const server of servers) await server.call('FUNCTION', 'LOAD', code)
    },
    async read() {
      const rows = await Promise.all(servers.map((server) => rowsOn(server, prefix)))
      return rows.flat().sort((one, other) => one.id - other.id)
    },
    async drop() {
      for (const server of servers)
        await server.call('FUNCTION', 'DELETE', `table_${suffix}`).catch((error: unknown) => {
          // The table that was missing all along.
          if (!(error as Error).message.includes('not found')) throw error
        })
    },
  }
}

async function rowsOn(server: Redis, prefix: string): Promise<ContractRow[]> {
  const keys = new Set<string>()
  for await (const some of server.scanStream({ match: `${prefix}*`, count: 10_000 }))
    for (const key of some as string[]) keys.add(key)
  const pipeline = server.pipeline()
  for (const key of keys) pipeline.callBuffer('EVAL', readRow, 1, key)
  return ((await pipeline.exec()) ?? []).map(([, row]) => {
    const [id, note, ...pieces] = row as [Buffer, Buffer, ...Buffer[]]
    return { id: Number(id), name: nameOf(Buffer.concat(pieces).toString()), note: note.toString() }
  })
}
