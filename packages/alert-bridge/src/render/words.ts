export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

/** Every word that a message has of its own. */
export interface Words {
  readonly firing: string
  readonly resolved: string
  readonly noName: string
  readonly noSeverity: string
  since(time: string): string
  resolvedAt(time: string): string
  readonly runbook: string
  readonly dashboard: string
  readonly source: string
  readonly alertmanager: string
  part(number: number, of: number): string
  truncated(count: number): string
  digestTitle(alerts: number): string
  digestOf(alerts: number, notifications: number): string
  count(what: string, count: number): string
  moreExamples(count: number): string
  notListed(alerts: number, names: number): string
  textRefused(code: string): string
}

const en: Words = {
  firing: 'FIRING',
  resolved: 'RESOLVED',
  noName: 'alert without a name',
  noSeverity: 'no severity',
  since: (time) => `since ${time}`,
  resolvedAt: (time) => `resolved ${time}`,
  runbook: 'Runbook',
  dashboard: 'Dashboard',
  source: 'Query',
  alertmanager: 'Alertmanager',
  part: (number, of) => `(${number}/${of})`,
  truncated: (count) => `${count} more of this group, left out by Alertmanager (max_alerts)`,
  digestTitle: (alerts) => `Digest of ${plural(alerts, 'alert')}`,
  digestOf: (alerts, notifications) =>
    `${plural(alerts, 'alert')} from ${plural(notifications, 'notification')}, in one message to stay within the robot's rate limit`,
  count: (what, count) => `${what} ${count}`,
  moreExamples: (count) => `${count} more`,
  notListed: (alerts, names) => `and ${plural(alerts, 'alert')} under ${plural(names, 'more name')}`,
  textRefused: (code) =>
    `The robot refused the text of these alerts (${code}), so only their number is here. Look into Alertmanager.`,
}

const zh: Words = {
  firing: '告警',
  resolved: '已恢复',
  noName: '未命名告警',
  noSeverity: '无级别',
  since: (time) => `始于 ${time}`,
  resolvedAt: (time) => `恢复于 ${time}`,
  runbook: '处理手册',
  dashboard: '仪表盘',
  source: '查询',
  alertmanager: 'Alertmanager',
  part: (number, of) => `（${number}/${of}）`,
  truncated: (count) => `本组另有 ${count} 条，已被 Alertmanager 省略（max_alerts）`,
  digestTitle: (alerts) => `告警汇总 ${alerts} 条`,
  digestOf: (alerts, notifications) =>
    `${notifications} 个通知共 ${alerts} 条告警，为不超出机器人的频率限制合并为一条消息`,
  count: (what, count) => `${what} ${count} 条`,
  moreExamples: (count) => `另有 ${count} 条`,
  notListed: (alerts, names) => `另有 ${names} 种告警共 ${alerts} 条`,
  textRefused: (code) => `机器人拒绝了这些告警的文字（${code}），此处只有条数，请到 Alertmanager 查看。`,
}

export const words: Readonly<Record<Language, Words>> = { en, zh }

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
