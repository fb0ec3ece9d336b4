import type { ErrorTable } from './error-table.ts'

/** Error codes of DingTalk's custom robots.
 * Source: https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages; its older table has 130101 and
 * 300001, and 300005 and 460101 are in public reports of what the service answered. */
export const dingTalkErrors: ErrorTable = new Map([
  [-1, { kind: 'busy', hint: 'DingTalk is busy' }],
  // More than 20 messages in a minute; the robot is then throttled for some minutes.
  [130101, { kind: 'rate_limited', hint: 'too many messages' }],
  [410100, { kind: 'rate_limited', hint: 'too many messages' }],
  // One code for a wrong signature, a timestamp off by an hour, a missing keyword and an address that is not listed.
  [
    310000,
    {
      kind: 'settings',
      hint: "compare the robot's security settings with the target's secret and keyword, and this host's clock and address",
    },
  ],
  [300001, { kind: 'settings', hint: 'the access token does not exist' }],
  [300005, { kind: 'settings', hint: 'the access token does not exist' }],
  [400101, { kind: 'settings', hint: 'the access token does not exist' }],
  [400013, { kind: 'settings', hint: 'the group was dissolved' }],
  [400102, { kind: 'settings', hint: 'the robot is stopped: enable it in the group' }],
  [400106, { kind: 'settings', hint: 'the robot is not in the group' }],
  [400105, { kind: 'settings', hint: 'the robot does not take markdown' }],
  [40035, { kind: 'settings', hint: 'the access token is missing' }],
  [430101, { kind: 'text', hint: 'a link in the text counts as unsafe' }],
  [430102, { kind: 'text', hint: 'the text counts as unsuitable' }],
  [430103, { kind: 'text', hint: 'a picture in the text counts as unsuitable' }],
  [430104, { kind: 'text', hint: 'the text counts as unsuitable' }],
  [460101, { kind: 'text', hint: 'the message is longer than 20,000 bytes' }],
])
