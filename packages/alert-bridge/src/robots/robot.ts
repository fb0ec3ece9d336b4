import type { Dialect } from '../render/dialect.ts'
import type { Message } from '../render/message.ts'
import type { ErrorTable } from './error-table.ts'

/** A robot of a chat group: how its requests are made and its answers understood. */
export interface Robot {
  readonly dialect: Dialect
  /** Bytes that the text of one message may take, counted by `dialect.sizeOf`. */
  readonly room: number
  /** Text that calls the people of the configuration, or an empty string. */
  readonly mention: string
  readonly errors: ErrorTable
  /** Whatever must not be seen in a log, should the robot repeat it. */
  readonly secrets: readonly string[]
  /** The request for a message, signed for this moment where the robot wants that. */
  request(message: Message, wallTime: number): RobotRequest
}

export interface RobotRequest {
  /** Holds the robot's secret: for nobody but the socket. */
  readonly url: URL
  /** JSON. */
  readonly body: string
}

export const robotTypes = ['dingtalk', 'wecom'] as const
export type RobotType = (typeof robotTypes)[number]
