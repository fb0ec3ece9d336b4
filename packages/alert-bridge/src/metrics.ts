import { Counter, Gauge, Registry } from 'prom-client'
import { outcomes, type Outcome } from './delivery/outcome.ts'
import type { MessageOutcome } from './robots/verdict.ts'

/** The value of `target` for webhooks that name no target that there is. Not a name that a target can have. */
export const unknownTarget = '_unknown'

/** Answers that have a series from the beginning. */
const usualCodes = [200, 400, 401, 404, 413, 415, 503]
const messageOutcomes: readonly MessageOutcome[] = ['delivered', 'rate_limited', 'failed', 'rejected']

/** The bridge's own numbers. Labels come from the configuration and from closed lists. */
export interface BridgeMetrics {
  countNotification(target: string, outcome: Outcome): void
  countMessage(target: string, outcome: MessageOutcome): void
  countRequest(code: number): void
  readonly contentType: string
  /** The page in Prometheus' text format. */
  page(): Promise<string>
}

export function createMetrics(
  targets: readonly string[],
  pending: () => Iterable<readonly [target: string, notifications: number]>,
): BridgeMetrics {
  const registry = new Registry()
  const registers = [registry]
  const notifications = new Counter({
    name: 'batchflow_bridge_notifications_total',
    help: 'Alert notifications handled by the alert bridge, by target and outcome.',
    labelNames: ['target', 'outcome'],
    registers,
  })
  const messages = new Counter({
    name: 'batchflow_bridge_messages_total',
    help: 'Messages that the alert bridge gave to robots, by target and outcome.',
    labelNames: ['target', 'outcome'],
    registers,
  })
  const requests = new Counter({
    name: 'batchflow_bridge_requests_total',
    help: 'HTTP requests that the alert bridge answered, by status code.',
    labelNames: ['code'],
    registers,
  })
  const waiting = new Gauge({
    name: 'batchflow_bridge_pending_notifications',
    help: 'Alert notifications that their robot does not have yet, by target.',
    labelNames: ['target'],
    registers,
    collect: () => {
      for (const [target, count] of pending()) waiting.set({ target }, count)
    },
  })
  // A rate over a series that appears with its first failure does not see that failure.
  for (const target of targets) {
    for (const outcome of outcomes) notifications.inc({ target, outcome }, 0)
    for (const outcome of messageOutcomes) messages.inc({ target, outcome }, 0)
  }
  notifications.inc({ target: unknownTarget, outcome: 'rejected' }, 0)
  for (const code of usualCodes) requests.inc({ code }, 0)
  return {
    countNotification: (target, outcome) => notifications.inc({ target, outcome }),
    countMessage: (target, outcome) => messages.inc({ target, outcome }),
    countRequest: (code) => requests.inc({ code }),
    contentType: registry.contentType,
    page: () => registry.metrics(),
  }
}
