import {
  createBatchFlow,
  rowSemantics,
  type Batch,
  type BatchFlow,
  type BatchFlowOptions,
  type Driver,
  type Target,
  type WriteContext,
} from '@batchflow/core'
import type { CreateFlow, ModelRow } from '@batchflow/testkit/simulator'

type Row = Target<ModelRow>
type Options = BatchFlowOptions<Row>
type Write = Driver<Row>['write']

/** The real engine behind a driver that is tampered with. */
export function withWrite(
  tampered: (batch: Batch<Row>, context: WriteContext, write: Write) => ReturnType<Write>,
): CreateFlow {
  return (options, environment) => {
    const { driver } = options
    const { prepare } = driver
    return createBatchFlow(
      {
        ...options,
        driver: {
          name: driver.name,
          capabilities: driver.capabilities,
          ...(prepare === undefined ? {} : { prepare: async (...args) => await prepare(...args) }),
          write: async (batch, context) =>
            await tampered(batch, context, async (...args) => await driver.write(...args)),
          classify: (error) => driver.classify(error),
          close: async () => await driver.close?.(),
        },
      },
      environment,
    )
  }
}

type Letter = Parameters<NonNullable<Options['onDeadLetter']>>[0]

/** The real engine, whose dead-letter handler is tampered with. */
export function withLetters(
  tampered: (letter: Letter, write: (letter: Letter) => Promise<void>) => Promise<void>,
): CreateFlow {
  return (options, environment) => {
    const { onDeadLetter, deadLetters, ...others } = options
    const write = async (letter: Letter) => await (deadLetters?.write(letter) ?? onDeadLetter?.(letter))
    return createBatchFlow(
      { ...others, onDeadLetter: async (letter: Letter) => await tampered(letter, write) },
      environment,
    )
  }
}

/** The real engine, some of whose methods are others. */
export function withFlow(tampered: (flow: BatchFlow<Row>) => Partial<BatchFlow<Row>>): CreateFlow {
  return (options, environment) => {
    const flow = createBatchFlow(options, environment)
    return around(flow, tampered(flow))
  }
}

/** A flow with some of its methods replaced. */
export function around(flow: BatchFlow<Row>, others: Partial<BatchFlow<Row>>): BatchFlow<Row> {
  return {
    submit: (...args) => flow.submit(...args),
    trySubmit: (...args) => flow.trySubmit(...args),
    submitAndSettle: (...args) => flow.submitAndSettle(...args),
    flush: (...args) => flow.flush(...args),
    retune: (...args) => flow.retune(...args),
    resume: (...args) => flow.resume(...args),
    stats: () => flow.stats(),
    close: (...args) => flow.close(...args),
    [Symbol.asyncDispose]: async () => await flow[Symbol.asyncDispose](),
    ...others,
  }
}

type Semantics = NonNullable<Row[typeof rowSemantics]>

/** The real engine, which is shown targets with other semantics. */
export function withTargets(tampered: (semantics: Semantics) => Semantics): CreateFlow {
  return (options, environment) => {
    const flow = createBatchFlow(options, environment)
    const known = new Map<Row, Row>()
    const other = (target: Row): Row => {
      const semantics = target[rowSemantics]
      if (semantics === undefined) return target
      const shown = known.get(target) ?? { name: target.name, [rowSemantics]: tampered(semantics) }
      known.set(target, shown)
      return shown
    }
    return around(flow, {
      submit: async (target, row, submitOptions) => await flow.submit(other(target), row, submitOptions),
      trySubmit: (target, row) => flow.trySubmit(other(target), row),
      submitAndSettle: async (target, row, submitOptions) =>
        await flow.submitAndSettle(other(target), row, submitOptions),
      flush: async ({ target, ...flushOptions } = {}) =>
        await flow.flush({ ...flushOptions, ...(target === undefined ? {} : { target: other(target) }) }),
      resume: (target) => flow.resume(other(target)),
    })
  }
}
