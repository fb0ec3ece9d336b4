import { parseArgs } from 'node:util'

/** What the command line asked for. */
export interface DemoOptions {
  readonly help: boolean
  readonly rows: number | undefined
  readonly db: string
  readonly port: number
  readonly flushSize: number
  readonly flushIntervalMs: number
  readonly serve: boolean
}

export const usage = `Loads the cities of GeoNames (135,233 rows) through BatchFlow into a SQLite file.

Usage: npm run demo -- [options]

  --rows <n>               rows to load; beyond the dataset it starts over with new ids (default: the dataset)
  --db <path>              database file; its table "cities" is replaced (default: batchflow-demo.db)
  --port <n>               port of /metrics on 127.0.0.1, 0 for any free one (default: 2112)
  --flush-size <n>         rows per batch, 1 to 10000 (default: 500)
  --flush-interval-ms <n>  longest wait of a row for company (default: 100)
  --serve                  keep /metrics up after the load, until Ctrl-C
  --help                   print this text`

/** A command line that cannot be understood: the message names the flag. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseOptions(args: readonly string[]): DemoOptions {
  const { values } = parse(args)
  return {
    help: values.help,
    rows: values.rows === undefined ? undefined : integer('rows', values.rows, 1, 1_000_000_000),
    db: text('db', values.db),
    port: integer('port', values.port, 0, 65_535),
    flushSize: integer('flush-size', values['flush-size'], 1, 10_000),
    flushIntervalMs: integer('flush-interval-ms', values['flush-interval-ms'], 0, 3_600_000),
    serve: values.serve,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        rows: { type: 'string' },
        db: { type: 'string', default: 'batchflow-demo.db' },
        port: { type: 'string', default: '2112' },
        'flush-size': { type: 'string', default: '500' },
        'flush-interval-ms': { type: 'string', default: '100' },
        serve: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const [flag, value] = args.filter((arg, index) => /^-\d/.test(arg) || /^-\d/.test(args[index + 1] ?? ''))
    // `--rows -5`: Node asks whether -5 is an option; here it never is.
    if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' && value !== undefined)
      throw new UsageError(`${flag} must not be negative, got ${JSON.stringify(value)}`)
    // Node's messages name the flag and then go on with advice over several sentences; the first says it.
    const [sentence = ''] = (error as Error).message.split(/\. |\n/)
    throw new UsageError(sentence)
  }
}

function integer(flag: string, value: string, min: number, max: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (!(number >= min && number <= max))
    throw new UsageError(`--${flag} must be an integer from ${min} to ${max}, got ${JSON.stringify(value)}`)
  return number
}

function text(flag: string, value: string): string {
  if (value === '') throw new UsageError(`--${flag} must not be empty`)
  return value
}
