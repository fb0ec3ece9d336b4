import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'

const gzipped = promisify(gzip)

/** Below this many bytes a body is not worth compressing. */
const minBytes = 1_024

/** Whether a client takes gzip, by its `Accept-Encoding` header. */
export function acceptsGzip(header: string | undefined): boolean {
  const codings = (header ?? '').toLowerCase().split(',')
  for (const coding of codings) {
    const [name = '', ...parameters] = coding.split(';').map((part) => part.trim())
    if (name !== 'gzip' && name !== '*') continue
    return !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  }
  return false
}

/** The body compressed, off the event loop's thread; undefined when that is not worth it. The fastest level already makes
 * a tenth of a page, whose lines are much alike. */
export async function compress(body: Buffer): Promise<Buffer | undefined> {
  if (body.length < minBytes) return undefined
  return await gzipped(body, { level: constants.Z_BEST_SPEED })
}
