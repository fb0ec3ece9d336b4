import type { ErrorTable } from './error-table.ts'

/** Error codes of WeCom's group robots.
 * Sources: https://developer.work.weixin.qq.com/document/path/91770 and, for the codes, …/path/90313 */
export const weComErrors: ErrorTable = new Map([
  [-1, { kind: 'busy', hint: 'WeCom is busy' }],
  [45033, { kind: 'busy', hint: 'too many requests at the same time' }],
  [45009, { kind: 'rate_limited', hint: 'more than 20 messages in a minute' }],
  // The key is wrong, or the robot was removed from its group.
  [93000, { kind: 'settings', hint: 'the key of the robot is not valid' }],
  [93004, { kind: 'settings', hint: 'the robot is stopped' }],
  [93008, { kind: 'settings', hint: 'the robot is not in the group' }],
  [40001, { kind: 'settings', hint: 'the key of the robot is not valid' }],
  [60020, { kind: 'settings', hint: 'the address of this host is not allowed' }],
  [40008, { kind: 'settings', hint: 'the robot does not take markdown' }],
  [40058, { kind: 'text', hint: 'the content is not accepted; over 4,096 bytes is one cause' }],
  [44004, { kind: 'text', hint: 'the content is empty' }],
  [45002, { kind: 'text', hint: 'the content is too long' }],
])
