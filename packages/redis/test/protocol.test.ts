import type { RedisCommand } from '@batchflow/redis'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { AsciiWriter } from '../src/ascii-writer.ts'
import { ProtocolWriter } from '../src/protocol.ts'

/** Both writers; the one for ASCII answers for that alone. */
function written(commands: readonly RedisCommand[], expected?: number): Buffer {
  const writer = new ProtocolWriter(expected)
  for (const command of commands) writer.command(command)
  const { bytes } = writer
  const whole = Buffer.concat(writer.end())
  expect(bytes).toBe(whole.length)
  const ascii = new AsciiWriter()
  for (const command of commands) ascii.command(command)
  const isAscii = commands.flat().every((word) => typeof word !== 'object' && /^[\0-\x7f]*$/.test(`${word}`))
  expect(ascii.end()).toBe(isAscii ? whole.toString() : undefined)
  expect(writer.isAscii).toBe(isAscii)
  return whole
}

/** The obvious way. */
function plainly(commands: readonly RedisCommand[]): Buffer {
  return Buffer.concat(
    commands.flatMap((command) => [
      Buffer.from(`*${command.length}\r\n`),
      ...command.flatMap((word) => {
        const bytes = typeof word === 'object' ? word : Buffer.from(`${word}`)
        return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]
      }),
    ]),
  )
}

test.each<readonly [command: RedisCommand, text: string]>([
  [['PING'], '*1\r\n$4\r\nPING\r\n'],
  [
    ['set', 'key', 'value', 'EX', 60],
    '*5\r\n$3\r\nset\r\n$3\r\nkey\r\n$5\r\nvalue\r\n$2\r\nEX\r\n$2\r\n60\r\n',
  ],
  [['SET', '', ''], '*3\r\n$3\r\nSET\r\n$0\r\n\r\n$0\r\n\r\n'],
  [['SET', 'k', -1.5], '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n-1.5\r\n'],
  [['SET', 'k', 2n ** 64n], '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$20\r\n18446744073709551616\r\n'],
  [['SET', 'ü', '北京'], '*3\r\n$3\r\nSET\r\n$2\r\nü\r\n$6\r\n北京\r\n'],
  [['SET', 'k', Buffer.from('a\r\nb')], '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\nb\r\n'],
])('%j is written as %j', (command, text) => {
  expect(written([command]).toString()).toBe(text)
})

test('any words are written with their lengths in bytes, whatever was expected', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ unit: 'grapheme-ascii', minLength: 30, maxLength: 300 }),
    fc.nat({ max: 70_000 }).map((length) => 'x'.repeat(length)),
    fc.nat({ max: 9_000 }).map((length) => '东'.repeat(length)),
  )
  const word = fc.oneof(
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt(),
    fc.uint8Array({ maxLength: 5_000 }).map((bytes) => Buffer.from(bytes)),
  )
  const command = fc.array(word, { maxLength: 12 }).map((words): RedisCommand => ['SET', ...words])
  fc.assert(
    fc.property(fc.array(command, { maxLength: 12 }), fc.nat({ max: 100_000 }), (commands, expected) => {
      expect(written(commands, expected).equals(plainly(commands))).toBe(true)
    }),
    { numRuns: 200 },
  )
})

test('a command of a hundred thousand words is written', () => {
  const words = Array.from({ length: 100_000 }, (_, index) => `word ${index}`)
  const command: RedisCommand = ['RPUSH', 'list', ...words]
  expect(written([command]).equals(plainly([command]))).toBe(true)
})
