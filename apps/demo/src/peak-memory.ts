import { readFileSync } from 'node:fs'

/** The most memory, in bytes, that this process has had resident.
 *
 * What Linux tells of it by getrusage includes what the parent had at the fork: a small process that a large one has
 * started looks large. Its own memory alone is in /proc. */
export function peakMemoryBytes(): number {
  const own =
    process.platform === 'linux' && /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))
  return (own ? Number(own[1]) : process.resourceUsage().maxRSS) * 1_024
}
