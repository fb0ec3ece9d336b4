import { describe, expect, test } from '@jest/globals'
import { allFiles } from '../src/output/files.ts'
import { parsePromql } from '../src/promql/parse.ts'
import { familyOf } from '../src/promql/family.ts'
import { guideAlerts, operatorAlerts } from '../src/rules/groups.ts'
import { runbooks } from '../src/runbooks/index.ts'
import { headings } from '../src/runbooks/runbook.ts'
import { walkthroughs } from '../src/runbooks/walkthroughs.ts'
import { groupings, selectorsOf } from './support/promql.ts'

const files = allFiles()

describe.each(runbooks)('runbook $alert', (runbook) => {
  const page = files.get(`runbooks/${runbook.alert}.md`) ?? ''

  test('has the fixed headings, in order', () => {
    expect([...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual([...headings])
  })

  test('asks three queries that parse, of families that exist', () => {
    expect(runbook.queries).toHaveLength(3)
    for (const { expr } of runbook.queries) checkQuery(expr)
  })

  test('decides by what is seen, and says something in each section', () => {
    expect(runbook.decisions.length).toBeGreaterThanOrEqual(3)
    for (const { seen, cause, command } of runbook.decisions)
      for (const text of [seen, cause, command]) expect(text.length).toBeGreaterThan(3)
    for (const text of [
      runbook.meaning,
      runbook.affected,
      runbook.escalate,
      runbook.falseAlarms,
      ...runbook.stop,
    ])
      expect(text.length).toBeGreaterThan(4)
  })
})

test('every alert has a runbook, every runbook an alert', () => {
  const alerts = new Set([...operatorAlerts, ...guideAlerts].map(({ name }) => name))
  expect([...alerts].sort()).toEqual(runbooks.map(({ alert }) => alert).sort())
})

test('walk-throughs ask queries that parse, of families that exist', () => {
  expect(walkthroughs).toHaveLength(3)
  for (const { code } of walkthroughs.flatMap(({ steps }) => steps))
    if (code?.language === 'promql') checkQuery(code.text)
})

test('pages that are named in texts exist', () => {
  const named = [...files]
    .filter(([path]) => path.startsWith('runbooks/'))
    .flatMap(([, content]) =>
      [...content.matchAll(/\b([\w-]+\.md)\b/g)].map(([, name]) => `runbooks/${name}`),
    )
  expect(named.filter((path) => !files.has(path))).toEqual([])
})

function checkQuery(expr: string) {
  const promql = parsePromql(expr)
  for (const { name } of selectorsOf(promql))
    expect({ name, known: familyOf(name) !== undefined }).toEqual({ name, known: true })
  for (const { by, available } of groupings(promql)) expect([...available]).toContain(by)
}
