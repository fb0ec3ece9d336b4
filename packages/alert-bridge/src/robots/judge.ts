import { plainText } from '../render/plain-text.ts'
import type { ErrorTable } from './error-table.ts'
import type { Verdict } from './verdict.ts'

/** What a robot's server said. */
export interface RobotAnswer {
  readonly status: number
  readonly body: string
}

/** Judges an answer by its code: both services answer refused messages with HTTP 200 too, so the status alone would take
 * lost alerts for delivered ones. A code that is not in the table is a failure that may heal, never a success; or it may
 * be the text, which another text shows. */
export function judge({ status, body }: RobotAnswer, table: ErrorTable): Verdict {
  if (status === 429) return { outcome: 'rate_limited', detail: 'HTTP 429' }
  if (status >= 500) return { outcome: 'failed', detail: `HTTP ${status}` }
  if (status !== 200) return strangeStatus(status)
  const answer = parsed(body)
  if (answer === undefined) return { outcome: 'failed', detail: 'HTTP 200 without an errcode' }
  return answer.code === 0 ? { outcome: 'delivered' } : refusal(answer, table)
}

function refusal(
  { code, text }: { readonly code: number; readonly text: string },
  table: ErrorTable,
): Verdict {
  const said = `errcode ${code}${text === '' ? '' : ` (${text})`}`
  const refusedText = `errcode ${code}`
  const { kind, hint } = table.get(code) ?? { kind: 'unknown', hint: 'not a code that the bridge knows' }
  const detail = `${said}: ${hint}`
  switch (kind) {
    case 'rate_limited':
      return { outcome: 'rate_limited', detail }
    case 'busy':
      return { outcome: 'failed', detail }
    case 'text':
      return { outcome: 'rejected', detail, refusedText }
    case 'settings':
      return { outcome: 'rejected', detail }
    case 'unknown':
      return { outcome: 'failed', detail, refusedText }
  }
}

/** Robots answer 200. Anything else comes from what lies between, such as a firewall that dislikes a text. Redirects are
 * not followed: they would lead past the list of allowed hosts. */
function strangeStatus(status: number): Verdict {
  return {
    outcome: 'rejected',
    detail: `HTTP ${status}: check the address of the robot and what lies between`,
    ...(status >= 400 && { refusedText: `HTTP ${status}` }),
  }
}

function parsed(body: string): { code: number; text: string } | undefined {
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    // A proxy's page, or an answer cut short. The caller says so.
    return undefined
  }
  if (typeof answer !== 'object' || answer === null) return undefined
  const { errcode, errmsg } = answer as { readonly errcode?: unknown; readonly errmsg?: unknown }
  if (typeof errcode !== 'number') return undefined
  return { code: errcode, text: typeof errmsg === 'string' ? plainText(errmsg, 160) : '' }
}
