import type { FlowObserver } from '@batchflow/core'

/** What an observer is told in the event of that name. */
export type FlowEvent<Name extends keyof FlowObserver> = Parameters<NonNullable<FlowObserver[Name]>>[0]
