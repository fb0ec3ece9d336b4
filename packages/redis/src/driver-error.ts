/** Why a command has no answer of the server, and whether it may have been carried out:
 *
 * - `REDIS_NOT_SENT`: it was not: there was no connection, or the attempt was over before
 * - `REDIS_ANSWER_LOST`: it may have been: the connection broke, or the attempt was over
 * - `REDIS_CLIENT_ENDED`: it was not, and none will be: somebody has ended the client, or subscribes with it
 * - `REDIS_SLOT_UNCOVERED`: it was not: no node of the cluster serves its hash slot for now */
export type RedisDriverErrorCode =
  'REDIS_NOT_SENT' | 'REDIS_ANSWER_LOST' | 'REDIS_CLIENT_ENDED' | 'REDIS_SLOT_UNCOVERED'

/** What the driver says where the server has said nothing. Branch on the `code`; the client's own error is the `cause`.
 *
 * @example
 * ```ts
 * onDeadLetter: ({ error }) => {
 *   if ((error.cause as { code?: string }).code === 'REDIS_ANSWER_LOST') report('maybe written')
 * }
 * ``` */
export class RedisDriverError extends Error {
  /** Why, from a closed list. */
  readonly code: RedisDriverErrorCode

  constructor(code: RedisDriverErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RedisDriverError'
    this.code = code
  }
}

/** What the server answered to a command that failed. Branch on the first word of the message, which is Redis's code
 * (`WRONGTYPE`, `OOM`, `ERR`). What a command was given is cut off where Redis quotes it (`ERR unknown command`).
 *
 * @example
 * ```ts
 * onDeadLetter: ({ error }) => {
 *   if ((error.cause as Error).message.startsWith('WRONGTYPE ')) report('another kind of key')
 * }
 * ``` */
export class RedisReplyError extends Error {
  constructor(message: string) {
    super(message.replace(/,? with args beginning with: .*/s, ''))
    this.name = 'ReplyError'
  }
}
