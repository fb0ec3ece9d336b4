import type { Labels } from './metric.ts'

/** The labels that tell flows apart. A type and not an interface, so that it is assignable to `Labels`. */
export type FlowLabels = {
  readonly database: string
  readonly instance_id: string
  /** Labels of the user's own. */
  readonly [name: string]: string
}

/** The same under BatchSQL's name for the flow. */
export function batchsqlLabels({ instance_id: testCase, ...others }: FlowLabels): Labels {
  return { ...others, test_case: testCase }
}
