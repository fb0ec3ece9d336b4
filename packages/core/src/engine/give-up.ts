/** That a flow gives up, for those who have to stop then. */
export class GiveUp {
  aborted = false
}
