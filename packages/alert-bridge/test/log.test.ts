import { expect, test } from '@jest/globals'
import { jsonLog } from '../src/log.ts'

test('the log is JSON lines', () => {
  const lines: string[] = []
  const log = jsonLog(
    (line) => lines.push(line),
    () => new Date(0),
  )
  log('warn', 'message not delivered', { target: 'ops', detail: 'a\nb' })
  expect(lines).toEqual([
    '{"time":"1970-01-01T00:00:00.000Z","level":"warn","message":"message not delivered","target":"ops","detail":"a\\nb"}\n',
  ])
})
