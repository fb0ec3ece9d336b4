/** One message for a robot, in its markdown. */
export interface Message {
  /** What a phone shows before the message is opened. Plain text. */
  readonly title: string
  readonly text: string
  /** Whether the people of the target's `mention` are called. The text names them then. */
  readonly mentions: boolean
}
