import { createHash } from 'node:crypto'

/** A script of the driver's, as the server knows it. */
export interface Script {
  readonly text: string
  readonly sha: string
}

function script(text: string): Script {
  return Object.freeze({ text, sha: createHash('sha1').update(text).digest('hex') })
}

/** The most words of a command that Lua can hand to Redis: its stack has room for 8,000 values (`LUAI_MAXCSTACK`), of which
 * the call itself takes a few. */
export const maxScriptedWords = 7_900

/** The bit of a command's word count that says that its second word is the next of KEYS. */
export const keyBit = 0x8000

// ARGV[n] has two bytes for each command: how many words it has, and whether the second one stands in KEYS, where Redis
// wants all keys that a script will touch; then ARGV goes on with the words. What fails is remembered by its place and does
// not keep the others from being carried out, as in a transaction. The answer is empty when nothing failed, so that it costs
// nothing to read.
function carryOut({ counts, key }: { readonly counts: number; readonly key: number }): string {
  return `
local counts, at, key, failures = ARGV[${counts}], ${counts + 1}, ${key}, {}
local pcall, unpack, byte, args, keys = redis.pcall, unpack, string.byte, ARGV, KEYS
for place = 1, #counts / 2 do
  local high, low = byte(counts, 2 * place - 1, 2 * place)
  local result
  if high >= 128 then
    local last = at + (high - 128) * 256 + low - 2
    result = pcall(args[at], keys[key], unpack(args, at + 1, last))
    at, key = last + 1, key + 1
  else
    local last = at + high * 256 + low - 1
    result = pcall(unpack(args, at, last))
    at = last + 1
  end
  if type(result) == 'table' and result.err then
    failures[#failures + 1] = place - 1
    failures[#failures + 1] = result.err
  end
end
local said = #failures > 0 and cjson.encode(failures) or ''`
}

/** Carries out commands with nobody else's among them. */
export const plainScript: Script = script(`${carryOut({ counts: 1, key: 1 })}
return said`)

/** The same once: the marker KEYS[1] keeps for ARGV[1] milliseconds what was answered, and who finds it answers that. It is
 * made first: when there is no memory for it nothing is carried out. */
export const ledgerScript: Script = script(`
local marker, ttl = KEYS[1], ARGV[1]
local made = redis.pcall('SET', marker, '', 'PX', ttl, 'NX')
if not made then return redis.call('GET', marker) end
if made.err then return made end
${carryOut({ counts: 2, key: 2 })}
if said ~= '' then redis.pcall('SET', marker, said, 'PX', ttl) end
return said`)
