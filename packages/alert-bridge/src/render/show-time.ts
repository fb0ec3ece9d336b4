/** A function that shows an RFC 3339 time as `2026-03-01 12:00:00` in a zone, and nothing for what is no time. */
export function timeShower(timeZone: string): (time: string) => string {
  // Sweden writes dates the ISO way.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  const zone = timeZone === 'UTC' ? ' UTC' : ''
  return (time) => {
    const date = new Date(time)
    return Number.isNaN(date.getTime()) ? '' : `${format.format(date)}${zone}`
  }
}
