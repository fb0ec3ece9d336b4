/** How a notification ended for a target, as the label `outcome` says it.
 *
 * - `delivered`: in messages of its own
 * - `digested`: in a message with others, or one that counts its alerts
 * - `rate_limited`: not delivered yet, the robot takes no more messages; Alertmanager is told to try again
 * - `failed`: not delivered yet, the robot does not answer; Alertmanager is told to try again
 * - `rejected`: refused for what trying again does not change */
export const outcomes = ['delivered', 'rate_limited', 'rejected', 'failed', 'digested'] as const

export type Outcome = (typeof outcomes)[number]

export interface Result {
  readonly outcome: Outcome
  /** Why it was not delivered. */
  readonly detail: string
}

/** Whether the message reached the robot. */
export function isDelivered({ outcome }: Result): boolean {
  return outcome === 'delivered' || outcome === 'digested'
}
