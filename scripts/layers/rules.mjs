/**
 * Who may import whom, as data; docs/architecture.md draws it. A package that is not here is reported,
 * so that a new one states its place first.
 */
const driver = { imports: ['core', 'sql'], because: 'drivers do not import one another' }

export const packages = {
  core: { imports: [], external: false, because: 'core imports node: only' },
  sql: { imports: ['core'], because: 'sql stands on core alone' },
  postgres: driver,
  mysql: driver,
  sqlite: driver,
  redis: { ...driver, imports: ['core'] },
  // Its tests look at what arrives in databases.
  'redis-streams': { ...driver, imports: ['core'], tests: ['postgres', 'mysql'] },
  testkit: { imports: ['core'], because: 'the testkit stands on core alone' },
  'pipeline-metrics': { imports: ['core'], because: 'metrics know the engine, never a driver or a reporter' },
  prometheus: { imports: ['core', 'pipeline-metrics'], because: 'a reporter knows metrics, never a driver' },
  'service-metrics': {
    imports: ['pipeline-metrics'],
    because: 'service metrics stand on pipeline-metrics alone',
  },
  profiling: { imports: [], because: 'it stands alone' },
  'alert-bridge': { imports: [], because: 'it stands alone' },
  dashboards: {
    imports: ['pipeline-metrics', 'service-metrics'],
    // Its tests look at the dashboards of a whole system that runs.
    tests: ['core', 'prometheus', 'sqlite', 'postgres', 'redis', 'alert-bridge'],
    because: 'dashboards are made from the metric catalogues alone',
  },
  'core-tests': { imports: ['core', 'testkit'], because: 'it tests core with the testkit alone' },
}

/** Workspaces outside packages/: they may import whatever is published. */
export const application = { imports: 'published', because: 'it is private' }

/** The testkit is for tests, of every package but the two that it would make a cycle with. */
export const testkit = { name: 'testkit', closedTo: ['core', 'testkit'] }

/** Folders of src that must not reach up into others, type-only imports included. */
export const folders = [
  {
    package: 'core',
    folder: 'engine',
    never: ['flow', 'pipeline'],
    because: 'the engine knows nothing of what is built on it',
  },
]
