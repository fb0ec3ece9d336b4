import { systemClock, type Clock } from './clock.ts'
import type { BridgeConfig } from './config/config.ts'
import { createSender } from './create-sender.ts'
import { WaitingRoom } from './delivery/pending.ts'
import type { Sender } from './delivery/sender.ts'
import type { Log } from './log.ts'
import { createMetrics } from './metrics.ts'
import { answerRequest } from './server/answer-request.ts'
import { bearerTokenCheck } from './server/bearer-token.ts'
import { serve } from './server/serve.ts'

/** What the bridge takes from its surroundings. */
export interface BridgeSurroundings {
  /** Takes what happens. @defaultValue nobody hears of it */
  readonly log?: Log
  /** @defaultValue the system's */
  readonly clock?: Clock
  /** From 0 to below 1, for the spread of retries. @defaultValue Math.random */
  readonly random?: () => number
}

/** A running bridge. */
export interface Bridge extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:9095`. */
  readonly url: string
  /** The port it listens on: the one that was free, when 0 was asked for. */
  readonly port: number
  /** Its numbers, in Prometheus' text format. */
  metrics(): Promise<string>
  /** Takes no more webhooks, brings what is pending to its robots for as long as `stopTimeoutMs`, tells Alertmanager to
   * come again with what is left, and stops listening. Resolves with the number of notifications that were left. Once:
   * later calls get the same promise. */
  stop(): Promise<number>
}

/** Starts a bridge from Alertmanager to the robots of a configuration.
 *
 * @throws BridgeError `BRIDGE_CANNOT_LISTEN`
 * @example
 * ```ts
 * const bridge = await createBridge(readConfig('bridge.json', process.env), {
 *   log: jsonLog((line) => process.stderr.write(line)),
 * })
 * process.once('SIGTERM', () => bridge.stop().catch(console.error))
 * ``` */
export async function createBridge(
  config: BridgeConfig,
  surroundings: BridgeSurroundings = {},
): Promise<Bridge> {
  const { log = () => {}, clock = systemClock, random = Math.random } = surroundings
  const { limits, listen } = config
  const room = new WaitingRoom(limits.maxPendingBytes)
  const senders = new Map<string, Sender>()
  const metrics = createMetrics([...config.targets.keys()], () =>
    [...senders].map(([name, sender]) => [name, sender.pending] as const),
  )
  for (const [name, target] of config.targets)
    senders.set(name, createSender(name, target, { limits, room, metrics, clock, random, log }))

  let stopped: Promise<number> | undefined
  const context = {
    receivers: receiversOf(config, senders),
    maxBodyBytes: limits.maxBodyBytes,
    room,
    metrics,
    isAuthorized: listen.token === undefined ? () => true : bearerTokenCheck(listen.token.reveal()),
    senderOf: (type: string, name: string) =>
      config.targets.get(name)?.type === type ? senders.get(name) : undefined,
    isStopping: () => stopped !== undefined,
  }
  const { address, close } = await serve(listen, {
    answer: (request) => answerRequest(request, context),
    countRequest: (code) => metrics.countRequest(code),
    onFault: (detail) => log('error', 'a request could not be answered', { detail }),
    // Each request that is held has one; the others are pages and those on their way in or out.
    maxConnections: 2 * limits.maxPending + 100,
  })
  const stop = async () => {
    const left = await drained([...senders.values()], { clock, timeoutMs: limits.stopTimeoutMs })
    await close()
    return left
  }
  return {
    ...address,
    metrics: () => metrics.page(),
    stop: () => (stopped ??= stop()),
    [Symbol.asyncDispose]: async () => {
      await (stopped ??= stop())
    },
  }
}

function receiversOf(
  { receivers }: BridgeConfig,
  senders: ReadonlyMap<string, Sender>,
): ReadonlyMap<string, readonly Sender[]> {
  return new Map(
    [...receivers].map(([receiver, names]) => [
      receiver,
      [...senders.values()].filter(({ name }) => names.includes(name)),
    ]),
  )
}

/** Drains all senders, for a while. Resolves with the number of notifications that they still had. */
async function drained(
  senders: readonly Sender[],
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<number> {
  const empty = Promise.all(senders.map((sender) => sender.drain()))
  let timer: { cancel(): void } | undefined
  const late = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, timeoutMs)
  })
  await Promise.race([empty, late])
  timer?.cancel()
  return senders.reduce((sum, sender) => sum + sender.abort(), 0)
}
