import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { feedFlows, feedOthers } from '../support/feed-everything.ts'
import { reporterOf } from '../support/reporter.ts'

const unpacked = fileURLToPath(new URL('../../../../.tools/prometheus/usr/bin/promtool', import.meta.url))
const promtool = process.env['PROMTOOL'] ?? (existsSync(unpacked) ? unpacked : undefined)
if (promtool === undefined) process.stderr.write('SKIPPED: promtool is not here, pages are not linted\n')
const testWithPromtool = promtool === undefined ? test.skip : test

/** Families with a name that promtool objects to: the guides' names and units, kept for their dashboards. */
async function complaints(profile: 'batchflow' | 'modern' | 'batchsql' | 'all'): Promise<string[]> {
  const reporter = reporterOf({ runtime: true, detail: true })
  await feedFlows(reporter)
  feedOthers(reporter)
  const page = await reporter.metrics({ profile })
  const said = await new Promise<string>((resolve, reject) => {
    const child = execFile(promtool as string, ['check', 'metrics'], (error, stdout, stderr) => {
      // 3: it has something to say about a page that it could read.
      if (error !== null && error.code !== 3)
        reject(new Error(`promtool failed: ${stderr}`, { cause: error }))
      else resolve(stdout + stderr)
    })
    child.stdin?.end(page)
  })
  return said.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ', 1)[0] ?? '']))
}

const ofBatchflow = ['batchflow_batch_execution_duration_ms', 'batchflow_memory_usage_mb']
const ofApp = ['chatim_friendships_total', 'chatim_groups_total', 'chatim_unread_messages_count']
const ofBatchsql = ['batchsql_gc_count', 'batchsql_memory_usage_mb', 'batchsql_test_records_total']

testWithPromtool('promtool has nothing to say about a page of the profile modern', async () => {
  expect(await complaints('modern')).toEqual([])
})

testWithPromtool.each([
  ['batchflow', [...ofBatchflow, ...ofApp]],
  ['batchsql', ofBatchsql],
  ['all', [...ofBatchflow, ...ofBatchsql, ...ofApp]],
] as const)('of the profile %s it names exactly the known exceptions', async (profile, known) => {
  expect(new Set(await complaints(profile))).toEqual(new Set<string>(known))
})
