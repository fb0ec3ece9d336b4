import type { Statement } from './wire/session.ts'

/** Limits the time of this transaction's statements, in milliseconds; a shorter limit of the role or the server stays. */
export function timeLimit(ms: number): Statement {
  return { text: bound, values: [String(ms)] }
}

/** The same with the limit in the text: around COPY there are no parameters. */
export function inlinedTimeLimit(ms: number): string {
  return textOf(`'${ms}'`)
}

function textOf(ms: string): string {
  return (
    `select set_config('statement_timeout', ${ms}::text, true) where current_setting('statement_timeout') = '0' ` +
    `or current_setting('statement_timeout')::interval > ${ms}::int * interval '1 ms'`
  )
}

const bound = textOf('$1')
