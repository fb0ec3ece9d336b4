/** What a command of Redis can be given: texts go as UTF-8, numbers and bigints as decimal texts, Buffers byte by byte.
 *
 * @example
 * ```ts
 * const lifetime: RedisArgument = 3600
 * ``` */
export type RedisArgument = string | number | bigint | Buffer

/** One command: its name and its arguments, as one would type them into `redis-cli`.
 *
 * @example
 * ```ts
 * const command: RedisCommand = ['SET', 'session:7', 'Ada', 'EX', 3600]
 * ``` */
export type RedisCommand = readonly [name: string, ...args: RedisArgument[]]
