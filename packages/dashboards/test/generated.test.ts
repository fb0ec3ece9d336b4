import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { dashboards } from '../src/dashboards/index.ts'
import { allFiles } from '../src/output/files.ts'
import { writeFiles } from '../src/output/write-files.ts'
import { production } from '../src/config/config.ts'
import { committed, temporaryFolder } from './support/tools.ts'

describe('dashboards/', () => {
  const files = allFiles()

  test('has every generated file, byte for byte', () => {
    const different = [...files].filter(([path, content]) => {
      const file = join(committed, path)
      return !existsSync(file) || readFileSync(file, 'utf8') !== content
    })
    expect(different.map(([path]) => path)).toEqual([])
  })

  test('has no other file', () => {
    const others = readdirSync(committed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(committed, join(entry.parentPath, entry.name)))
      .filter((path) => !files.has(path) && !path.startsWith('secrets/'))
    expect(others).toEqual([])
  })

  test('has each dashboard in both languages and both flavours', () => {
    for (const { uid } of dashboards)
      for (const folder of ['en', 'zh-CN', 'share/en', 'share/zh-CN'])
        expect(files.has(`grafana/${folder}/${uid}.json`)).toBe(true)
  })

  test('is written with an import script that can be run', () => {
    using folder = temporaryFolder()
    writeFiles(folder.path, files)
    expect(statSync(join(folder.path, 'import.sh')).mode & 0o111).toBe(0o111)
    expect(statSync(join(committed, 'import.sh')).mode & 0o111).toBe(0o111)
  })

  test('takes a prefix for every family of ours, in dashboards and rules', () => {
    const prefixed = allFiles({ ...production, prefix: 'prod_' })
    for (const [path, content] of prefixed) {
      if (!/^grafana\/.*json$|^prometheus\/rules/.test(path)) continue
      const bare = content.match(/(?<![\w:/.-])(batchflow|nodejs|process|chatim|batchsql)_[a-z_]+(?=[{[])/g)
      expect({ path, bare }).toEqual({ path, bare: null })
    }
    expect(prefixed.get('grafana/en/batchflow-exporter.json')).toContain('min by (job) (up{')
    expect(prefixed.get('grafana/en/batchflow.json')).toContain(
      'label_values(prod_batchflow_rows_submitted_total',
    )
  })
})
