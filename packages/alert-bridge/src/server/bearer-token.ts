import { createHash, timingSafeEqual } from 'node:crypto'

/** Tells whether an `Authorization` header carries the token, in a time that does not depend on how much of it is right:
 * digests have one length, and comparing them says nothing about the texts. */
export function bearerTokenCheck(token: string): (header: string | undefined) => boolean {
  const expected = digest(token)
  return (header = '') => {
    const given = /^Bearer +(.*)$/i.exec(header)?.[1] ?? ''
    return timingSafeEqual(digest(given), expected)
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
