import { createHash } from 'node:crypto'

/** A script that Redis runs, known there by its hash. */
export interface Script {
  readonly text: string
  readonly sha: string
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/** Adds a producer's batch, once however often it is sent: the marker is written with it. Refuses it while too much waits.
 * Everything that can fail comes before the first write.
 *
 * KEYS stream, meter, marker, generation. ARGV window, most rows, most bytes, rows, bytes, new generation, batch; then target,
 * rows and text of each entry. */
export const add: Script = script(`
local rows = tonumber(redis.call('HGET', KEYS[2], 'rows') or 0)
local bytes = tonumber(redis.call('HGET', KEYS[2], 'bytes') or 0)
if redis.call('EXISTS', KEYS[3]) == 1 then return {'repeated', rows, bytes} end
if rows > 0 and (rows + ARGV[4] > tonumber(ARGV[2]) or bytes + ARGV[5] > tonumber(ARGV[3])) then
  return {'full', rows, bytes}
end
for i = 8, #ARGV, 3 do
  redis.call('XADD', KEYS[1], '*', 'v', '1', 't', ARGV[i], 'n', ARGV[i + 1], 'e', ARGV[7], 'd', ARGV[i + 2])
end
redis.call('SET', KEYS[3], 1, 'PX', ARGV[1])
redis.call('SET', KEYS[4], ARGV[6], 'NX')
rows = redis.call('HINCRBY', KEYS[2], 'rows', ARGV[4])
return {'added', rows, redis.call('HINCRBY', KEYS[2], 'bytes', ARGV[5])}`)

const lastGenerated = `
local function lastGenerated(key)
  local info = redis.pcall('XINFO', 'STREAM', key)
  if info.err then return '0-0' end
  for i = 1, #info, 2 do if info[i] == 'last-generated-id' then return info[i + 1] end end
  return '0-0'
end`

/** Takes a shard that nobody has. Its last answer: the group had gone, while entries waited. KEYS lease, stream, generation. ARGV worker, milliseconds, group, new generation. */
export const take: Script = script(`${lastGenerated}
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return {'taken'} end
local made = redis.pcall('XGROUP', 'CREATE', KEYS[2], ARGV[3], '0', 'MKSTREAM')
if made.err and not string.find(made.err, 'BUSYGROUP', 1, true) then return made end
local isNew = redis.call('SET', KEYS[3], ARGV[4], 'NX')
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local lost = not made.err and not isNew and redis.call('XLEN', KEYS[2]) > 0
return {'mine', redis.call('GET', KEYS[3]), lastGenerated(KEYS[2]), lost and 'group' or ''}`)

/** KEYS lease. ARGV worker, milliseconds. */
export const renew: Script = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)

/** KEYS lease. ARGV worker. */
export const release: Script = script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`)

/** Only who has the lease may read: what a worker that comes back late took away would stand behind later entries.
 * KEYS lease, stream. ARGV worker, milliseconds, group, consumer, count. */
const guarded = `
local function group(err)
  if not string.find(err, 'NOGROUP', 1, true) then return redis.error_reply(err) end
  redis.call('XGROUP', 'CREATE', KEYS[2], ARGV[3], '0', 'MKSTREAM')
  return {'group'}
end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'lost'} end
redis.call('PEXPIRE', KEYS[1], ARGV[2])`

/** Reads new entries; answers the last id of the stream when there are none. */
export const read: Script = script(`${lastGenerated}${guarded}
local got = redis.pcall('XREADGROUP', 'GROUP', ARGV[3], ARGV[4], 'COUNT', ARGV[5], 'STREAMS', KEYS[2], '>')
if not got then return {'none', lastGenerated(KEYS[2])} end
if got.err then return group(got.err) end
return {'some', got[1][2]}`)

/** Takes what others, and this consumer in an earlier life, have read and not settled, in order; ARGV[6] is where to go on.
 * Answers how often each of them was delivered. */
export const claim: Script = script(`${guarded}
local got = redis.pcall('XAUTOCLAIM', KEYS[2], ARGV[3], ARGV[4], 0, ARGV[6], 'COUNT', ARGV[5])
if got.err then return group(got.err) end
local entries, counts = got[2], {}
if #entries > 0 then
  local first, last = entries[1][1], entries[#entries][1]
  for _, pending in ipairs(redis.call('XPENDING', KEYS[2], ARGV[3], first, last, ARGV[5])) do
    counts[#counts + 1] = pending[1]
    counts[#counts + 1] = pending[4]
  end
end
return {'some', entries, got[1], got[3] or {}, counts}`)

/** Acknowledges and deletes entries, and sets aside what was given up of them, at once. What is still in the meter when
 * nothing waits and nothing is pending was deleted by somebody else before it was read.
 *
 * KEYS stream, meter, generation, dead. ARGV group, generation, number of letters; of each letter entry, target, rows, reason
 * and text; of each entry id, rows and bytes. A `!` before
 * the id: it was deleted by somebody else, and is in the meter all the same. */
export const settle: Script = script(`
local at = 4
for _ = 1, tonumber(ARGV[3]) do
  redis.call('XADD', KEYS[4], '*', 'v', '1', 'entry', ARGV[at], 't', ARGV[at + 1], 'n', ARGV[at + 2],
    'reason', ARGV[at + 3], 'd', ARGV[at + 4])
  at = at + 5
end
local same = redis.call('GET', KEYS[3]) == ARGV[2]
local rows, bytes, settled = 0, 0, 0
for i = at, #ARGV, 3 do
  local id, gone = string.gsub(ARGV[i], '^!', '')
  local acked = redis.pcall('XACK', KEYS[1], ARGV[1], id)
  local deleted = redis.pcall('XDEL', KEYS[1], id)
  if acked == 1 or deleted == 1 or gone == 1 then
    settled = settled + 1
    rows, bytes = rows + ARGV[i + 1], bytes + ARGV[i + 2]
  end
end
if not same then return {settled, 0} end
local left = redis.call('HINCRBY', KEYS[2], 'rows', 0 - rows)
redis.call('HINCRBY', KEYS[2], 'bytes', 0 - bytes)
if redis.call('XLEN', KEYS[1]) > 0 then return {settled, 0} end
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1])
if pending.err or pending[1] > 0 then return {settled, 0} end
redis.call('DEL', KEYS[2])
return {settled, math.max(left, 0)}`)

/** Puts letters back, as entries. KEYS stream, meter, dead. ARGV where to begin, count. Answers how many letters were looked at,
 * the rows that were put back, and the last letter. */
export const replay: Script = script(`
local letters = redis.call('XRANGE', KEYS[3], ARGV[1], '+', 'COUNT', ARGV[2])
local rows, last = 0, '0-0'
for _, letter in ipairs(letters) do
  local of = {}
  for i = 1, #letter[2], 2 do of[letter[2][i]] = letter[2][i + 1] end
  last = letter[1]
  if of.reason ~= 'undecodable' then
    redis.call('XADD', KEYS[1], '*', 'v', '1', 't', of.t, 'n', of.n, 'e', 'replay-' .. last, 'd', of.d)
    redis.call('HINCRBY', KEYS[2], 'rows', of.n)
    redis.call('HINCRBY', KEYS[2], 'bytes', #of.d)
    redis.call('XDEL', KEYS[3], last)
    rows = rows + of.n
  end
end
return {#letters, rows, last}`)

/** How a shard stands. KEYS stream, meter. ARGV group. */
export const gauge: Script = script(`
local length = redis.call('XLEN', KEYS[1])
local rows = tonumber(redis.call('HGET', KEYS[2], 'rows') or 0)
local summary = redis.pcall('XPENDING', KEYS[1], ARGV[1])
if summary.err then return {length, rows, 0, 0} end
local first = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1)
return {length, rows, summary[1], first[1] and first[1][3] or 0}`)

/** A sign of life; answers all workers that gave one in time, in order. KEYS workers. ARGV worker, milliseconds. */
export const meet: Script = script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local workers = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(workers)
return workers`)

/** Everybody has to divide keys by the same number. KEYS shards. ARGV number. Answers the one that holds. */
export const agree: Script = script(`
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])`)
