/** Commands that a batch cannot hold, with the reason: they would change what the connection is to everybody who shares
 * it, or leave it with more or fewer answers than commands. */
const refusals = new Map<string, string>()

function refuse(reason: string, names: string): void {
  for (const name of names.split(' ')) refusals.set(name, reason)
}

refuse(
  'a command that leaves the connection as it is',
  'AUTH HELLO SELECT QUIT RESET CLIENT ASKING READONLY READWRITE',
)
refuse(
  'a command that answers once',
  'SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE MONITOR',
)
refuse('a command that answers once', 'SYNC PSYNC REPLCONF SHUTDOWN')
// The commands of one row are a transaction already.
refuse('a command outside of transactions', 'MULTI EXEC DISCARD WATCH UNWATCH')
// Whatever shares the connection would wait with it.
refuse(
  'a command that does not block',
  'BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF XREAD XREADGROUP',
)

/** Where the first key stands among the arguments, for commands that do not begin with it; -1: there is no key. */
const firstKeys: ReadonlyMap<string, number> = new Map([
  ['EVAL', 2],
  ['EVALSHA', 2],
  ['FCALL', 2],
  ['MIGRATE', 2],
  ['XGROUP', 1],
  ['BITOP', 1],
  ['PUBLISH', -1],
  ['PING', -1],
  ['ECHO', -1],
  ['SCRIPT', -1],
  ['FUNCTION', -1],
  ['CONFIG', -1],
  ['ACL', -1],
  ['FLUSHALL', -1],
  ['FLUSHDB', -1],
])

/** What there is to know about a command by its name. */
export interface CommandName {
  /** The name as Redis has it: in capitals. */
  readonly name: string
  /** It is one: letters, digits, points and the like. */
  readonly isName: boolean
  /** The name as a bulk string of the protocol; ASCII, if it is one. */
  readonly text: string
  /** The same without the end of its line. */
  readonly start: string
  /** What a command has to be instead of this one; `undefined`: it may stand in a batch. */
  readonly refusal: string | undefined
  /** Index of the first key among the arguments; -1: none. Decides on the node of a cluster. */
  readonly firstKey: number
}

/** A service uses a few names; whoever makes them up from rows gets them looked up each time. */
const maxKnown = 1_000
const known = new Map<string, CommandName>()

// Rows of one target mostly have one command.
let lastGiven = ''
let last: CommandName | undefined

/** Looks a command's name up, in whatever case it is written. */
export function commandNamed(given: string): CommandName {
  if (given === lastGiven && last !== undefined) return last
  last = known.get(given) ?? read(given)
  lastGiven = given
  return last
}

function read(given: string): CommandName {
  const name = given.toUpperCase()
  const start = `$${Buffer.byteLength(given)}\r\n${given}`
  const command: CommandName = {
    name,
    isName: /^[\x21-\x7e]+$/.test(given),
    text: `${start}\r\n`,
    start,
    refusal: refusals.get(name),
    firstKey: firstKeys.get(name) ?? 0,
  }
  if (known.size < maxKnown) known.set(given, command)
  return command
}
