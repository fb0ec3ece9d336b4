/** Hash slots of a Redis Cluster. */
export const slots = 16_384

/** CRC16 as XMODEM computes it: polynomial 0x1021, begin with 0.
 * Source: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#appendix-a */
const table = new Uint16Array(256).map((_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021
  return crc
})

/** The hash slot of a key: of what stands between its first `{` and the next `}`, if anything does, else of all of it. */
export function slotOf(key: string | Buffer): number {
  const bytes = typeof key === 'string' ? Buffer.from(key) : key
  let from = 0
  let to = bytes.length
  const open = bytes.indexOf(0x7b)
  if (open !== -1) {
    const close = bytes.indexOf(0x7d, open + 1)
    if (close > open + 1) {
      from = open + 1
      to = close
    }
  }
  let crc = 0
  for (let index = from; index < to; index++)
    crc = ((crc << 8) & 0xffff) ^ (table[((crc >> 8) ^ (bytes[index] as number)) & 0xff] as number)
  return crc % slots
}

const tags: string[] = []
let tried = 0

/** A text whose hash slot is the given one, for keys that have to be where others are. The numbers below 170,000 or so have
 * one for each; they are looked through once, as far as needed. */
export function tagOf(slot: number): string {
  for (; tags[slot] === undefined; tried++) tags[slotOf(`${tried}`)] ??= `${tried}`
  return tags[slot]
}
