import type { Check } from '../check.ts'
import { classifyChecks } from './classify-checks.ts'
import { closeChecks } from './close-checks.ts'
import { conflictChecks } from './conflict-checks.ts'
import { failureChecks } from './failure-checks.ts'
import type { ContractStore } from './store.ts'
import { writeChecks } from './write-checks.ts'

/** The claims that every driver of an SQL table has to meet, each on a store of its own.
 *
 * @example
 * ```ts
 * for (const check of driverContract(openStore)) test(check.name, check.run)
 * ``` */
export function driverContract(open: () => Promise<ContractStore>): readonly Check[] {
  const facets = [writeChecks, conflictChecks, failureChecks, classifyChecks, closeChecks]
  return facets.flatMap((facet) =>
    facet.map(([name, claim]) => ({
      name,
      run: async () => {
        const store = await open()
        try {
          await claim(store)
        } finally {
          await store.dispose()
        }
      },
    })),
  )
}
