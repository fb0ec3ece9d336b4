import type { IncomingMessage } from 'node:http'
import type { Sender } from '../delivery/sender.ts'
import { line, type Answer } from './answer.ts'
import { routeOf, type Route } from './routes.ts'
import { answerWebhook, type Addressee, type WebhookContext } from './webhook.ts'

export interface RequestContext extends WebhookContext {
  /** The sender of a target, if there is one of that type and name. */
  readonly senderOf: (type: string, name: string) => Sender | undefined
  readonly isStopping: () => boolean
}

/** Answers whatever comes in. Pages need no token: they tell the names of targets and numbers, and probes have none. */
export async function answerRequest(request: IncomingMessage, context: RequestContext): Promise<Answer> {
  const route = routeOf(request.url ?? '')
  const allowed = isWebhook(route) ? ['POST'] : ['GET', 'HEAD']
  if (route.kind === 'nothing')
    return line(
      404,
      'not found: try /dingtalk/<target>, /wecom/<target>, /alerts, /metrics, /healthz, /readyz',
    )
  if (!allowed.includes(request.method ?? ''))
    return line(405, 'method not allowed', { allow: allowed.join(', ') })
  switch (route.kind) {
    case 'target':
    case 'receiver':
      return answerWebhook(request, addresseeOf(route, context), context)
    case 'metrics': {
      const { metrics } = context
      return { status: 200, body: await metrics.page(), headers: { 'content-type': metrics.contentType } }
    }
    case 'ready':
      return context.isStopping() ? line(503, 'stopping') : line(200, 'ok')
    case 'health':
      return line(200, 'ok')
  }
}

function isWebhook({ kind }: Route): boolean {
  return kind === 'target' || kind === 'receiver'
}

function addresseeOf(route: Route, { senderOf }: RequestContext): Addressee {
  return route.kind === 'target' ? (senderOf(route.type, route.name) ?? 'nobody') : 'receiver'
}
