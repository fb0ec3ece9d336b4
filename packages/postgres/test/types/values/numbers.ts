import fc from 'fast-check'
import { as, itself, type TypedValue, type TypedValues } from './typed-value.ts'

/** An integer as each of the JavaScript types that hold it. */
function integer(min: bigint, max: bigint): fc.Arbitrary<TypedValue> {
  const ofAnyLength = fc
    .tuple(fc.bigInt({ min, max }), fc.bigInt({ min: 0n, max: 64n }))
    .map(([n, bits]) => n >> bits)
  return fc.oneof(ofAnyLength, fc.constantFrom(min, max)).chain((exact) => {
    const forms: unknown[] = [exact, String(exact)]
    if (Number.isSafeInteger(Number(exact))) forms.push(Number(exact))
    return as(fc.constantFrom(...forms), () => String(exact))
  })
}

const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

const float8 = fc.oneof(
  as(fc.double(), numberText),
  as(fc.integer(), numberText),
  as(fc.maxSafeInteger().map(BigInt), String),
  itself(fc.double().map(numberText)),
  itself(fc.constantFrom('NaN', 'Infinity', '-Infinity', '1e308', '.1', '5.', '+0.1E-7', '0e999')),
)

/** Of at most six digits, for which there is no doubt about the nearest float4. */
const sixDigits = fc.integer({ min: -999_999, max: 999_999 })
const float4 = fc.oneof(
  as(fc.float(), numberText),
  as(sixDigits, String),
  itself(
    fc.tuple(sixDigits, fc.integer({ min: -20, max: 20 })).map(([digits, power]) => `${digits}e${power}`),
  ),
)

const digits = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0000123456789'.split('')), minLength: 1, maxLength })
const decimal = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.oneof(digits(3), digits(30)),
    fc.option(fc.oneof(digits(5), digits(40)), { nil: '' }),
    fc.option(fc.integer({ min: -60, max: 60 }), { nil: '' }),
  )
  .map(
    ([sign, whole, fraction, power]) =>
      `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}${power === '' ? '' : `e${power}`}`,
  )
const extremes = [
  'NaN',
  'Infinity',
  '-Infinity',
  '.5',
  '-5.',
  '0.0000',
  '-0',
  '1e131071',
  '1e-16383',
  '0e131080',
]
const numeric = fc.oneof(
  { weight: 3, arbitrary: itself(decimal) },
  itself(fc.constantFrom(...extremes)),
  as(fc.double(), String),
  as(fc.integer(), String),
  as(fc.bigInt(), String),
)

export const numbers: TypedValues = [
  ['boolean', as(fc.boolean(), String)],
  ['int2', integer(-(2n ** 15n), 2n ** 15n - 1n)],
  ['int4', integer(-(2n ** 31n), 2n ** 31n - 1n)],
  ['int8', integer(-(2n ** 63n), 2n ** 63n - 1n)],
  ['oid', integer(0n, 2n ** 32n - 1n)],
  ['float4', float4],
  ['float8', float8],
  ['numeric', numeric],
  ['whole_number', integer(0n, 10n ** 6n)],
]
