/** What became of a message that was given to a robot.
 *
 * - `delivered`: the robot took it
 * - `rate_limited`: too many messages; heals by waiting
 * - `failed`: no answer, a server's error, an answer that is not understood; may heal, and the message may have arrived
 * - `rejected`: will be refused again until somebody changes something */
export type Verdict =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'rate_limited'; readonly detail: string }
  | {
      readonly outcome: 'failed' | 'rejected'
      readonly detail: string
      /** The robot's code, when it was or may have been the text that was refused and another text may pass. */
      readonly refusedText?: string
    }

export type MessageOutcome = Verdict['outcome']
