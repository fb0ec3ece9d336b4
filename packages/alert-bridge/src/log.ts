/** How much an event matters: `warn` heals or may heal, `error` needs somebody. */
export type LogLevel = 'info' | 'warn' | 'error'

/** Takes one event. Neither `message` nor `fields` ever hold a secret or the text of an alert. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void

/** What belongs to an event, by name. */
export type LogFields = Readonly<Record<string, string | number | undefined>>

/** A log of JSON lines.
 *
 * @example
 * ```ts
 * const log = jsonLog((line) => process.stderr.write(line))
 * ``` */
export function jsonLog(write: (line: string) => void, time: () => Date = () => new Date()): Log {
  return (level, message, fields) =>
    write(`${JSON.stringify({ time: time().toISOString(), level, message, ...fields })}\n`)
}
