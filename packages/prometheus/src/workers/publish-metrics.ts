import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads'
import { invalidOption } from '../options/invalid-option.ts'
import type { PrometheusReporter } from '../create-prometheus-reporter.ts'
import { partsOf } from '../reporter-parts.ts'
import { channelName, dataOf, isAsk, tellOf, type Tell } from './messages.ts'

/** Called in a worker thread, a worker of a `cluster` or a forked process: answers the hub's questions with what the
 * reporter has. Disposing it, before the worker ends, tells the hub what was counted since its last question. It does not
 * keep a thread alive.
 *
 * @example
 * ```ts
 * // worker.ts
 * const metrics = createPrometheusReporter()
 * using published = publishMetrics(metrics)
 * await using flow = createBatchFlow({ driver, onDeadLetter, observers: [flowMetrics(metrics)] })
 * ```
 * @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` when there is nobody to tell, or the reporter is none of this
 * package's */
export function publishMetrics(reporter: PrometheusReporter): Disposable {
  const { exporter, registry } = partsOf(reporter)
  const tell = async (more: Pick<Tell, 'answer'>): Promise<Tell> =>
    tellOf({ threadId, snapshot: await exporter.snapshot(registry), ...more })
  const farewell = () => tellOf({ threadId, last: true, snapshot: exporter.snapshotNow() })
  if (!isMainThread) return publishToThread(tell, farewell)
  if (process.send === undefined)
    throw invalidOption('publishMetrics', 'called in a worker thread or a forked process', 'neither')
  return publishToParent(tell, farewell)
}

type TellAsync = (more: Pick<Tell, 'answer'>) => Promise<Tell>

function publishToThread(tell: TellAsync, farewell: () => Tell): Disposable {
  const channel = new BroadcastChannel(channelName)
  const post = (told: Promise<Tell>) => {
    // A snapshot that cannot be taken is not told; the hub counts an answer that does not come.
    told.then((message) => channel.postMessage(message)).catch(() => {})
  }
  channel.addEventListener('message', (event: unknown) => {
    const message = dataOf(event)
    if (isAsk(message)) post(tell({ answer: message.ask }))
  })
  channel.unref()
  post(tell({}))
  return {
    [Symbol.dispose]() {
      channel.postMessage(farewell())
      channel.close()
    },
  }
}

function publishToParent(tell: TellAsync, farewell: () => Tell): Disposable {
  const send = (message: Tell) => {
    // The parent may be gone, and this process about to follow.
    if (process.connected) process.send?.(message, undefined, {}, () => {})
  }
  const post = (told: Promise<Tell>) => {
    told.then(send).catch(() => {})
  }
  const listener = (message: unknown) => {
    if (isAsk(message)) post(tell({ answer: message.ask }))
  }
  process.on('message', listener)
  post(tell({}))
  return {
    [Symbol.dispose]() {
      process.off('message', listener)
      send(farewell())
    },
  }
}
