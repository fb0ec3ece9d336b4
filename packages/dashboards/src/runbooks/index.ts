import { guideFlowRunbooks } from './guides/flows.ts'
import { guideProcessRunbooks } from './guides/processes.ts'
import { guideRequestRunbooks } from './guides/requests.ts'
import { guideStoreRunbooks } from './guides/stores.ts'
import { lossRunbooks } from './loss.ts'
import { processRunbooks } from './process.ts'
import type { Runbook } from './runbook.ts'
import { speedRunbooks } from './speed.ts'

/** One runbook for each name of an alert. */
export const runbooks: readonly Runbook[] = [
  ...lossRunbooks,
  ...speedRunbooks,
  ...processRunbooks,
  ...guideFlowRunbooks,
  ...guideRequestRunbooks,
  ...guideProcessRunbooks,
  ...guideStoreRunbooks,
]
