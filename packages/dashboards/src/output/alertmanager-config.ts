import type { AlertmanagerConfig } from '../config/config.ts'
import { duration } from '../config/duration.ts'

/** The document of alertmanager.yml, for 0.25 and later. */
export function alertmanagerConfig(config: AlertmanagerConfig): object {
  const { groupWaitSeconds, groupIntervalSeconds, repeatIntervalSeconds } = config
  return {
    global: {
      smtp_smarthost: config.smtpHost,
      smtp_from: config.mailFrom,
      smtp_auth_username: config.smtpUser,
      smtp_auth_password_file: config.smtpPasswordFile,
      smtp_require_tls: true,
      resolve_timeout: '5m',
    },
    route: {
      receiver: 'tickets',
      group_by: ['alertname', 'job', 'database'],
      group_wait: duration(groupWaitSeconds),
      group_interval: duration(groupIntervalSeconds),
      repeat_interval: duration(repeatIntervalSeconds),
      routes: [
        {
          receiver: 'watchdog',
          matchers: ['alertname = BatchFlowWatchdog'],
          group_by: ['alertname'],
          repeat_interval: '1h',
        },
        { receiver: 'page', matchers: ['severity = critical'] },
        {
          receiver: 'tickets',
          matchers: ['severity = warning'],
          mute_time_intervals: ['outside-office-hours'],
        },
      ],
    },
    time_intervals: [{ name: 'outside-office-hours', time_intervals: config.quietTimes }],
    inhibit_rules: inhibitions,
    receivers: [
      {
        name: 'page',
        webhook_configs: [bridge(config, 'dingtalk/dingtalk-oncall'), bridge(config, 'wecom/wecom-oncall')],
        email_configs: [{ to: config.mailTo, send_resolved: true }],
        ...wecomApplication(config),
      },
      {
        name: 'tickets',
        webhook_configs: [bridge(config, 'dingtalk/dingtalk-team'), bridge(config, 'wecom/wecom-team')],
      },
      { name: 'watchdog', ...watchdog(config) },
    ],
  }
}

/** What somebody already knows is not told again. */
const inhibitions = [
  {
    source_matchers: ['alertname =~ "BatchFlowWriterDown|ServiceDown"'],
    target_matchers: ['severity = warning'],
    equal: ['job', 'instance'],
  },
  {
    source_matchers: ['severity = critical'],
    target_matchers: ['severity = warning'],
    equal: ['alertname', 'job', 'database', 'instance_id'],
  },
  {
    source_matchers: ['alertname = BatchFlowWritesStalled'],
    target_matchers: [
      'alertname =~ "BatchFlowRetryStorm|BatchFlowOldestRow|BatchFlowQueueNearFull|BatchFlowCommitLatency"',
    ],
    equal: ['job', 'database', 'instance_id'],
  },
]

function bridge({ bridgeUrl, bridgeTokenFile }: AlertmanagerConfig, path: string): object {
  return {
    url: `${bridgeUrl}/${path}`,
    send_resolved: true,
    max_alerts: 50,
    http_config: { authorization: { credentials_file: bridgeTokenFile } },
  }
}

/** Mail by default, because that leaves by another way than the bridge. */
function watchdog({ watchdogUrl, watchdogMailTo, bridgeTokenFile }: AlertmanagerConfig): object {
  if (watchdogUrl === undefined) return { email_configs: [{ to: watchdogMailTo, send_resolved: false }] }
  const http_config = { authorization: { credentials_file: bridgeTokenFile } }
  return { webhook_configs: [{ url: watchdogUrl, send_resolved: false, http_config }] }
}

function wecomApplication({ wecomApplication: application }: AlertmanagerConfig): object {
  if (!application) return {}
  return {
    wechat_configs: [
      {
        corp_id: application.corpId,
        agent_id: application.agentId,
        api_secret: application.apiSecret,
        to_party: application.toParty,
        message_type: 'markdown',
        send_resolved: true,
      },
    ],
  }
}
