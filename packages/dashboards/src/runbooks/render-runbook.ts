import type { AlertSpec } from '../rules/alert.ts'
import { headings, type Runbook } from './runbook.ts'

/** The page of a runbook. `severities`: of all rules that have the alert's name. */
export function renderRunbook(runbook: Runbook, alerts: readonly AlertSpec[]): string {
  const severities = [...new Set(alerts.map(({ severity }) => severity))].join(', ')
  const weaknesses = alerts.flatMap(({ weakness }) => weakness ?? [])
  const texts = [
    runbook.meaning,
    runbook.affected,
    runbook.queries.map(({ ask, expr }) => `${ask}\n\n\`\`\`promql\n${expr}\n\`\`\``).join('\n\n'),
    decisionTable(runbook),
    runbook.stop.map((step, i) => `${i + 1}. ${step}`).join('\n'),
    runbook.escalate,
    [runbook.falseAlarms, ...weaknesses].join(' '),
  ]
  const sections = headings.map((heading, i) => `## ${heading}\n\n${texts[i]}`)
  return `# ${runbook.alert}\n\nSeverity: ${severities}. Generated from \`packages/dashboards/src/runbooks\`.\n\n${sections.join('\n\n')}\n`
}

function decisionTable({ decisions }: Runbook): string {
  const escaped = (text: string) => text.replaceAll('|', '\\|')
  const rows = decisions.map(
    ({ seen, cause, command }) => `| ${escaped(seen)} | ${escaped(cause)} | \`${escaped(command)}\` |`,
  )
  return ['| seen | cause | command |', '| --- | --- | --- |', ...rows].join('\n')
}
