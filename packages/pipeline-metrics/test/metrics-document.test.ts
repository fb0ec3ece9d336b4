import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from '@jest/globals'
import { catalogue } from '../src/catalogue.ts'
import { metricsDocument } from './support/metrics-document.ts'

const path = new URL('../../../docs/metrics.md', import.meta.url)

test('docs/metrics.md is what the catalogue says (WRITE_DOCS=1 writes it)', async () => {
  const document = await metricsDocument()
  if (process.env['WRITE_DOCS'] === '1') await writeFile(path, document)
  expect(await readFile(path, 'utf8')).toBe(document)
})

test('the document names every family once in its tables', async () => {
  const document = await metricsDocument()
  for (const name of Object.keys(catalogue))
    expect([name, document.split('\n').filter((line) => line.startsWith(`| \`${name}\` `)).length]).toEqual([
      name,
      1,
    ])
})
