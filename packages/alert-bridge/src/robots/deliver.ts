import type { Message } from '../render/message.ts'
import { judge } from './judge.ts'
import { postJson } from './post-json.ts'
import type { Robot } from './robot.ts'
import type { Verdict } from './verdict.ts'

/** Gives one message to its robot, once. Never rejects: whatever happens is a verdict, and no secret is in it. */
export type Deliver = (message: Message, signal: AbortSignal) => Promise<Verdict>

export function deliverTo(
  robot: Robot,
  { timeoutMs, wallTime }: { readonly timeoutMs: number; readonly wallTime: () => number },
): Deliver {
  return async (message, signal) => {
    try {
      const answer = await postJson(robot.request(message, wallTime()), { timeoutMs, signal })
      return withoutSecrets(judge(answer, robot.errors), robot.secrets)
    } catch (error) {
      const { code = 'no code' } = error as NodeJS.ErrnoException
      // Node's messages may hold the address with its token, so the code has to do.
      return { outcome: 'failed', detail: `no answer from the robot: ${code}` }
    }
  }
}

function withoutSecrets(verdict: Verdict, secrets: readonly string[]): Verdict {
  if (verdict.outcome === 'delivered') return verdict
  const detail = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), verdict.detail)
  return { ...verdict, detail }
}
