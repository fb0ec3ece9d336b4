import { expect, test } from '@jest/globals'
import { kindOf } from '../../src/checks/kind-of.ts'

test('a value is described by its kind and never shown', () => {
  const values = [undefined, null, '', 'hunter2', 7, 7.5, true, [], {}]
  expect(values.map(kindOf)).toEqual([
    'nothing',
    'null',
    'an empty string',
    'a string',
    'an integer',
    'a number',
    'a boolean',
    'an array',
    'an object',
  ])
})
