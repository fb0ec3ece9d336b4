import { refuse } from '@batchflow/sql'
import { isIP } from 'node:net'
import { byCodeUnit, type ValueEncoder } from './encoder.ts'
import { checkedText } from './text.ts'

/** A type whose text is looked at and handed on; the server reads it. */
interface Form {
  readonly rule: string
  /** Needs no quotes in an array. */
  readonly plain: boolean
  readonly isOfForm: (text: string) => boolean
  /** One text for each value, to compare by. */
  readonly normal?: (text: string) => string
}

function encoderOfForm({ rule, plain, isOfForm, normal }: Form): ValueEncoder {
  return {
    plain,
    text(value) {
      if (typeof value !== 'string' || !isOfForm(value)) return refuse(rule, value)
      return plain ? value : checkedText(value)
    },
    compare: normal === undefined ? byCodeUnit : (a, b) => byCodeUnit(normal(a), normal(b)),
  }
}

/** inet and cidr. */
export const network: ValueEncoder = encoderOfForm({
  rule: 'an IPv4 or IPv6 address as a string, with or without a prefix length',
  plain: true,
  isOfForm(text) {
    const slash = text.indexOf('/')
    const version = isIP(slash === -1 ? text : text.slice(0, slash))
    // A zone is for the machine that the address is of.
    if (version === 0 || text.includes('%')) return false
    if (slash === -1) return true
    const prefix = text.slice(slash + 1)
    return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128)
  },
  normal: (text) => text.replace(text.includes(':') ? '/128' : '/32', '').toLowerCase(),
})

/** macaddr and macaddr8. */
export const hardwareAddress: ValueEncoder = encoderOfForm({
  rule: 'a hardware address as a string of hexadecimal digits',
  plain: true,
  isOfForm: (text) => /^[\da-fA-F:.-]{12,23}$/.test(text),
  normal: (text) => text.replace(/[:.-]/g, '').toLowerCase(),
})

/** bit and varbit. */
export const bits: ValueEncoder = encoderOfForm({
  rule: 'a string of 0 and 1',
  // It may be empty.
  plain: false,
  isOfForm: (text) => /^[01]*$/.test(text),
})

export const range: ValueEncoder = encoderOfForm({
  rule: "a range as PostgreSQL writes it, such as '[1,10)' or 'empty', as a string",
  plain: false,
  isOfForm: (text) => text === 'empty' || /^[[(].*,.*[\])]$/s.test(text),
})

export const multirange: ValueEncoder = encoderOfForm({
  rule: "a multirange as PostgreSQL writes it, such as '{[1,10),[20,30)}', as a string",
  plain: false,
  isOfForm: (text) => /^\{.*\}$/s.test(text),
})
