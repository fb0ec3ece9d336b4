import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { PlainAnswers, type Waiting } from '../src/plain-answers.ts'

const kinds = [
  '+OK\r\n',
  '+QUEUED\r\n',
  ':0\r\n',
  ':1234567\r\n',
  '-WRONGTYPE no\r\n',
  '$-1\r\n',
  '$6\r\na\r\n+b\n\r\n',
]

/** A parser that keeps what is not whole, as ioredis's does, and answers the next in line. */
function parserFor(answer: (text: string) => void): (data: Buffer) => void {
  let kept = ''
  return (data) => {
    kept += data.toString('latin1')
    for (;;) {
      const line = /^[^\n]*\n/.exec(kept)?.[0]
      if (line === undefined) return
      const bytes = line.startsWith('$') ? Number(line.slice(1)) : -1
      const length = line.length + (bytes < 0 ? 0 : bytes + 2)
      if (kept.length < length) return
      answer(kept.slice(0, length))
      kept = kept.slice(length)
    }
  }
}

const waves = fc.array(
  fc.record({
    // Mostly plain ones, as it is.
    answers: fc.array(
      fc.oneof(
        { weight: 20, arbitrary: fc.constant('+OK\r\n') },
        { weight: 3, arbitrary: fc.constantFrom(...kinds.slice(0, 4)) },
        fc.constantFrom(...kinds),
      ),
      { minLength: 1, maxLength: 40 },
    ),
    cuts: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
  }),
  { minLength: 1, maxLength: 4 },
)

test('answers reach their commands in order, however they are cut and whatever stands among them', () => {
  fc.assert(
    fc.property(waves, fc.option(fc.nat(60)), (given, foreign) => {
      const sent: string[] = []
      const heard: string[] = []
      const waiting: Waiting = {
        get length() {
          return sent.length - heard.length
        },
        get plain() {
          // One is a command of ioredis's own, whose answer is read.
          const end =
            foreign === null || foreign < heard.length ? sent.length : Math.min(foreign, sent.length)
          return end - heard.length
        },
        answered: (count) => void heard.push(...Array.from({ length: count }, () => 'plain')),
      }
      const answers = new PlainAnswers(
        waiting,
        parserFor((text) => void heard.push(text)),
      )
      for (const wave of given) {
        sent.push(...wave.answers)
        const bytes = Buffer.from(wave.answers.join(''), 'latin1')
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const end = at + (wave.cuts[cut % wave.cuts.length] as number)
          answers.read(bytes.subarray(at, end))
          at = end
        }
        // Nothing is out between waves, so that it can be counted again.
        expect(heard).toHaveLength(sent.length)
      }
      for (const [place, text] of heard.entries())
        if (text === 'plain')
          expect([sent[place], place === foreign]).toEqual([expect.stringMatching(/^[+:]/), false])
        else expect(text).toBe(sent[place])
    }),
    { numRuns: 1_000 },
  )
})

test('a status that never ends is left to the parser', () => {
  const parsed: Buffer[] = []
  const waiting = { length: 1, plain: 1, answered: () => {} }
  const answers = new PlainAnswers(waiting, (data) => void parsed.push(data))
  for (let time = 0; time < 3; time++) answers.read(Buffer.from(`+${'x'.repeat(600)}`))
  expect(Buffer.concat(parsed).length).toBe(3 * 601)
})

test('a socket that others listen to stays as it is', () => {
  const before = (listeners: readonly (() => void)[]) => {
    const calls: string[] = []
    const socket = {
      listeners: () => listeners,
      on: () => void calls.push('on'),
      off: () => void calls.push('off'),
    }
    PlainAnswers.before(socket as never, { length: 0, plain: 0, answered: () => {} })
    return calls
  }
  expect(before([() => {}])).toEqual(['on', 'off'])
  expect(before([() => {}, () => {}])).toEqual([])
  expect(before([])).toEqual([])
})
