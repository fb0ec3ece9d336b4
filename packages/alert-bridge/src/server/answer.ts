import { isDelivered, type Result } from '../delivery/outcome.ts'

/** What a request is answered with: a line or a page of plain text. */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export function line(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: `${text}\n`, headers }
}

/** What Alertmanager is told about a notification, with a line for each of its targets.
 *
 * 200: it was delivered to all. 503: to try again, since at least one may take it later; those that have it already will
 * not get it twice. 400: not to, since what refuses it will go on refusing. Alertmanager shows the lines in its log. */
export function answerOf(results: readonly (readonly [target: string, result: Result])[]): Answer {
  const lines = results.map(([target, { outcome, detail }]) =>
    detail === '' ? `${target}: ${outcome}` : `${target}: ${outcome}: ${detail}`,
  )
  const all = results.map(([, result]) => result)
  if (all.every((result) => isDelivered(result))) return line(200, lines.join('\n'))
  return line(
    all.some(({ outcome }) => outcome === 'rate_limited' || outcome === 'failed') ? 503 : 400,
    lines.join('\n'),
  )
}
