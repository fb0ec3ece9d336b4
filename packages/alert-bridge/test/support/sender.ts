import { WaitingRoom } from '../../src/delivery/pending.ts'
import { Sender, type SenderLimits } from '../../src/delivery/sender.ts'
import type { Message } from '../../src/render/message.ts'
import type { Verdict } from '../../src/robots/verdict.ts'
import { ManualClock } from './manual-clock.ts'
import { styleFor, weCom } from './style.ts'

/** A sender whose robot answers what the test says, on a clock that the test moves. */
export class TestSender {
  readonly clock: ManualClock = new ManualClock()
  /** Every message that the robot was given, and when. */
  readonly given: { readonly message: Message; readonly at: number }[] = []
  /** What the robot answers next; then `usual`. */
  readonly script: Verdict[] = []
  usual: Verdict = { outcome: 'delivered' }
  /** Time that the robot takes. */
  latencyMs = 10
  readonly room: WaitingRoom
  readonly sender: Sender
  readonly log: string[] = []

  constructor(limits: Partial<SenderLimits> = {}, maxBytes: number = 2 ** 20) {
    this.room = new WaitingRoom(maxBytes)
    this.sender = new Sender({
      name: 'ops',
      style: styleFor(weCom),
      deliver: (message, signal) => this.#deliver(message, signal),
      limits: {
        messagesPerMinute: 20,
        rateLimitPauseMs: 60_000,
        holdMs: 8_000,
        rememberMs: 120_000,
        maxParts: 5,
        maxPending: 1_000,
        ...limits,
      },
      room: this.room,
      clock: this.clock,
      random: () => 1,
      log: (level, message, fields) => this.log.push(JSON.stringify({ level, message, ...fields })),
      countMessage: () => {},
    })
  }

  #deliver(message: Message, signal: AbortSignal): Promise<Verdict> {
    this.given.push({ message, at: this.clock.now() })
    const verdict = this.script.shift() ?? this.usual
    return new Promise((resolve) => {
      const timer = this.clock.setTimeout(() => resolve(verdict), this.latencyMs)
      signal.addEventListener('abort', () => {
        timer.cancel()
        resolve({ outcome: 'failed', detail: 'aborted' })
      })
    })
  }
}
