import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/config/read-config.ts'

describe('a configuration file', () => {
  let directory = ''
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'alert-bridge-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  const write = (name: string, text: string): string => {
    const path = join(directory, name)
    writeFileSync(path, text)
    return path
  }

  test('finds the files of its secrets beside itself', () => {
    write('wecom-key', 'wecom-robot-key\n')
    const path = write(
      'bridge.json',
      JSON.stringify({ targets: { ops: { type: 'wecom', keyFile: 'wecom-key' } } }),
    )
    const target = readConfig(path, {}).targets.get('ops')
    expect(target?.type === 'wecom' && target.key.reveal()).toBe('wecom-robot-key')
  })

  test('that is not there, is no JSON, or names a file that is not there, is refused', () => {
    expect(() => readConfig(join(directory, 'none.json'), {})).toThrow(
      'configuration must be a file that can be read, got ENOENT',
    )
    expect(() => readConfig(write('text.json', 'secret: hunter2'), {})).toThrow(
      /^configuration must be JSON, got something else$/,
    )
    const path = write('lost.json', JSON.stringify({ targets: { ops: { type: 'wecom', keyFile: 'lost' } } }))
    expect(() => readConfig(path, {})).toThrow(
      'targets.ops.keyFile must be a file that can be read, got ENOENT',
    )
  })
})
