/** Sockets and listeners of this process that are open. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length
}

/** Timers of this process that are set, Jest's own included. */
export function openTimers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}
