import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { cut, plainText } from '../../src/render/plain-text.ts'

describe('a text from outside', () => {
  test.each([
    ['a link', '[Runbook](https://evil.example)', '［Runbook］(https:\u200B//evil.example)'],
    ['a picture', '![x](http://evil.example/pixel.png)', '!［x］(http:\u200B//evil.example/pixel.png)'],
    ['a mention of WeCom', 'look <@all> here', 'look ＜＠all＞ here'],
    ['a mention of DingTalk', '@13800000000 @所有人', '＠13800000000 ＠所有人'],
    ['colours', '<font color="info">OK</font>', '＜font color="info"＞OK＜/font＞'],
    ['entities', '&lt;@all&gt;', '＆lt;＠all＆gt;'],
    ['bold and code', '**a** `b` \\', '＊＊a＊＊ ｀b｀ ＼'],
    ['lines', 'a\n# RESOLVED\r\n> b\u2028c\td', 'a # RESOLVED > b c d'.replace('>', '＞')],
    ['a change of direction', 'a\u202Egnp.exe\u2066b', 'agnp.exeb'],
    ['control characters', 'a\u0000b\u001B[31mc', 'ab［31mc'],
    ['half a character', 'a\uD83Db', 'a\uFFFDb'],
  ])('has no %s', (_, text, plain) => {
    expect(plainText(text, 1_000)).toBe(plain)
  })

  test('keeps what means nothing, Chinese and emoji included', () => {
    const text = 'rate(rows_lost_total) = 12% (limit 10), 数据库 "db-1" 🔥 #1 - ok'
    expect(plainText(text, 1_000)).toBe(text)
  })

  test('never holds a character that a client could act on, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 3, max: 200 }), (text, maxBytes) => {
        const plain = plainText(text, maxBytes)
        expect(plain).not.toMatch(/[[\]<>&@*`\\\n\r\u2028\u2029]|:\/\/|[\u202A-\u202E\u2066-\u2069]/)
        expect(Buffer.byteLength(plain)).toBeLessThanOrEqual(maxBytes)
        expect(Buffer.from(plain).toString()).toBe(plain)
      }),
    )
  })
})

test('a text is cut between characters, with an ellipsis', () => {
  expect(cut('abcdef', 6)).toBe('abcdef')
  expect(cut('abcdefg', 6)).toBe('abc…')
  expect(cut('告警汇总', 9)).toBe('告警…')
  expect(cut('🔥🔥🔥', 11)).toBe('🔥🔥…')
})
