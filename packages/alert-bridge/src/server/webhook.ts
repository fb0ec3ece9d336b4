import type { IncomingMessage } from 'node:http'
import type { BridgeError } from '../bridge-error.ts'
import type { WaitingRoom } from '../delivery/pending.ts'
import type { Sender } from '../delivery/sender.ts'
import { unknownTarget, type BridgeMetrics } from '../metrics.ts'
import type { Notification } from '../payload/notification.ts'
import { parsePayload } from '../payload/parse-payload.ts'
import { answerOf, line, type Answer } from './answer.ts'
import { readBody } from './read-body.ts'

export interface WebhookContext {
  /** By the receiver that a payload names. */
  readonly receivers: ReadonlyMap<string, readonly Sender[]>
  readonly maxBodyBytes: number
  readonly room: WaitingRoom
  readonly metrics: BridgeMetrics
  readonly isAuthorized: (header: string | undefined) => boolean
}

/** Whom a webhook is for: the target that its path names, `nobody` if there is none of that name, or the targets of the
 * `receiver` that its payload names. */
export type Addressee = Sender | 'nobody' | 'receiver'

/** Takes a webhook to its end: answered once it is delivered, or with why not. Each is counted in one outcome for each of
 * its targets; one that is refused here in `rejected`. Rejects when the sender breaks off. */
export async function answerWebhook(
  request: IncomingMessage,
  addressee: Addressee,
  context: WebhookContext,
): Promise<Answer> {
  const { room, metrics, maxBodyBytes } = context
  const label = typeof addressee === 'string' ? unknownTarget : addressee.name
  const refused = refusalOf(request, addressee, context)
  if (refused !== undefined) {
    await readBody(request, 0)
    metrics.countNotification(label, 'rejected')
    return refused
  }
  // Without a declared length the largest is assumed.
  const reserved = Math.min(Number(request.headers['content-length'] ?? maxBodyBytes), maxBodyBytes)
  if (!room.take(reserved)) {
    await readBody(request, 0)
    metrics.countNotification(label, 'rate_limited')
    return line(503, 'too many notifications are waiting: try again')
  }
  const body = await readBody(request, maxBodyBytes).finally(() => room.give(reserved))
  const answer = body === 'too large' ? tooLarge(context) : notificationOf(body)
  if ('status' in answer && 'body' in answer) {
    metrics.countNotification(label, 'rejected')
    return answer
  }
  return submitted(answer, addressee, context)
}

/** What is wrong with a request before its body is read. */
function refusalOf(
  { headers }: IncomingMessage,
  addressee: Addressee,
  { isAuthorized }: WebhookContext,
): Answer | undefined {
  // First of all: a stranger does not learn which targets there are.
  if (!isAuthorized(headers.authorization))
    return line(401, 'the bearer token is missing or wrong', { 'www-authenticate': 'Bearer realm="alerts"' })
  if (addressee === 'nobody') return line(404, 'there is no such target')
  // A page in a browser on this machine may send anything but this without asking first.
  if (!/^application\/json *(;|$)/i.test(headers['content-type'] ?? ''))
    return line(415, 'content-type must be application/json, got something else')
  if (headers['content-encoding'] !== undefined) return line(415, 'content-encoding must be absent, got one')
  return undefined
}

function tooLarge({ maxBodyBytes }: WebhookContext): Answer {
  return line(413, `payload must be at most ${maxBodyBytes} bytes, got more`)
}

function notificationOf(body: Buffer): Notification | Answer {
  try {
    return parsePayload(body)
  } catch (error) {
    const { code, message } = error as BridgeError
    if (code !== 'BRIDGE_INVALID_FIELD' && code !== 'BRIDGE_UNREADABLE') throw error
    return line(400, message)
  }
}

async function submitted(
  notification: Notification,
  addressee: Addressee,
  { receivers, metrics }: WebhookContext,
): Promise<Answer> {
  const senders = typeof addressee === 'string' ? receivers.get(notification.receiver) : [addressee]
  if (senders === undefined) {
    metrics.countNotification(unknownTarget, 'rejected')
    return line(404, 'receiver must be one of receivers in the configuration, got another')
  }
  const results = await Promise.all(
    senders.map(async (sender) => {
      const result = await sender.submit(notification)
      metrics.countNotification(sender.name, result.outcome)
      return [sender.name, result] as const
    }),
  )
  return answerOf(results)
}
