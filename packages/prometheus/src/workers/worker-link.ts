import { describeValue } from '@batchflow/core'
import { invalidOption } from '../options/invalid-option.ts'
import { askWith, isTell, type Tell } from './messages.ts'

/** A worker thread (`node:worker_threads`), or a process forked by `node:cluster` or `node:child_process`. */
export type MetricsWorker = ThreadLike | ProcessLike

/** What is used of a worker thread. */
export interface ThreadLike {
  readonly threadId: number
  postMessage(message: unknown): void
  once(event: 'exit', listener: () => void): unknown
}

/** What is used of a forked process. */
export interface ProcessLike {
  send(message: object, callback: (error: Error | null) => void): boolean
  on(event: 'message', listener: (message: unknown) => void): unknown
  once(event: 'exit', listener: () => void): unknown
}

/** Told by a link. */
export interface LinkListener {
  told(tell: Tell): void
  /** The worker has ended. */
  ended(): void
}

/** How a hub talks to one worker. */
export interface WorkerLink {
  /** The thread's id; undefined for a process, which has a pipe of its own. */
  readonly threadId: number | undefined
  /** Asks this worker alone; threads are asked all at once, over their channel. */
  ask(number: number): void
}

/** @throws BatchFlowError `BATCHFLOW_INVALID_OPTION` */
export function linkTo(worker: MetricsWorker, listener: LinkListener): WorkerLink {
  if (isThread(worker)) {
    // What it told last may be on its way over the channel, which the exit does not wait for.
    worker.once('exit', () => setImmediate(() => listener.ended()))
    return { threadId: worker.threadId, ask() {} }
  }
  if (!isProcess(worker))
    throw invalidOption(
      'worker',
      'a Worker of worker_threads, cluster or child_process',
      describeValue(worker),
    )
  worker.on('message', (message) => {
    if (isTell(message)) listener.told(message)
  })
  worker.once('exit', () => listener.ended())
  return {
    threadId: undefined,
    ask(number) {
      // When its pipe is closed it is ending, and its exit comes.
      worker.send(askWith(number), () => {})
    },
  }
}

function isThread(worker: unknown): worker is ThreadLike {
  return hasMethods(worker, ['postMessage', 'once'])
}

function isProcess(worker: unknown): worker is ProcessLike {
  return hasMethods(worker, ['send', 'on', 'once'])
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}
