/** What `--help` prints. */
export const help = `Usage: batchflow-alert-bridge --config <file> [--check-config]

Takes Alertmanager's webhooks to DingTalk and WeCom robots.

  --config <file>   the configuration, JSON; see the README of @batchflow/alert-bridge
  --check-config    check the configuration and its secrets, and end
  -h, --help        print this, and end

Listens on 127.0.0.1:9095 unless the configuration says otherwise:

  POST /dingtalk/<target>, /wecom/<target>   webhooks for one target
  POST /alerts                               webhooks for the targets of their receiver
  GET  /metrics, /healthz, /readyz

Secrets come from files and environment variables that the configuration names, never from arguments.
SIGTERM and SIGINT deliver what is pending and end; a second one ends at once.
`
