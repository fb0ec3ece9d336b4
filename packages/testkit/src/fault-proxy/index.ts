export type { FaultAction, RequestFault } from './armed-faults.ts'
export { createFaultProxy } from './create-fault-proxy.ts'
export type { BlackHoleOptions, FaultProxy, FaultProxyOptions } from './fault-proxy.ts'
