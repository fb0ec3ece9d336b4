import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { violationsIn } from '../check-layers.mjs'

const ours = { core: '@batchflow/core', sql: '@batchflow/sql', sqlite: '@batchflow/sqlite' }

/** A small tree that breaks no rule; a test adds the file that does. */
const clean = {
  'package.json': { devDependencies: { '@jest/globals': '1' } },
  'packages/core/package.json': { name: ours.core, exports: { '.': './dist/index.js' } },
  'packages/core/src/index.ts': `import 'node:fs'\nexport * from './flow/flow.ts'\n`,
  'packages/core/src/flow/flow.ts': `import { lane } from '../engine/lane.ts'\nexport const flow = lane\n`,
  'packages/core/src/engine/lane.ts': `export const lane = 1\n`,
  'packages/sql/package.json': {
    name: ours.sql,
    exports: { '.': './dist/index.js' },
    dependencies: { [ours.core]: '1', kysely: '1' },
  },
  'packages/sql/src/index.ts': `import '${ours.core}'\nimport type { Kysely } from 'kysely'\n`,
  'packages/testkit/package.json': {
    name: '@batchflow/testkit',
    exports: { '.': './dist/index.js', './simulator': './dist/simulator.js' },
    dependencies: { [ours.core]: '1' },
  },
  'packages/testkit/src/index.ts': `import '${ours.core}'\n`,
  'packages/sqlite/package.json': {
    name: ours.sqlite,
    exports: { '.': './dist/index.js' },
    dependencies: { [ours.core]: '1', [ours.sql]: '1' },
    peerDependencies: { 'better-sqlite3': '1' },
    devDependencies: { '@batchflow/testkit': '1' },
  },
  'packages/sqlite/src/index.ts': `import '${ours.sql}'\nconst open = () => import('better-sqlite3')\n`,
  'packages/sqlite/test/contract.int.test.ts': `
    import { test } from '@jest/globals'
    import '@batchflow/testkit/simulator'
    import '${ours.sqlite}'
    import '../src/index.ts'
  `,
  'packages/mysql/package.json': {
    name: '@batchflow/mysql',
    dependencies: { [ours.core]: '1', [ours.sql]: '1' },
  },
  'packages/mysql/src/index.ts': `import '${ours.sql}'\n`,
  'apps/demo/package.json': { name: '@batchflow/demo', private: true, dependencies: { [ours.sqlite]: '1' } },
  'apps/demo/src/main.ts': `import '${ours.sqlite}'\n`,
}

function violationsWith(t, files) {
  const root = mkdtempSync(join(tmpdir(), 'batchflow-layers-'))
  t.after(() => rmSync(root, { recursive: true }))
  for (const [name, content] of Object.entries({ ...clean, ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return violationsIn(root)
}

test('a clean tree passes', (t) => {
  assert.deepEqual(violationsWith(t, {}), [])
})

/** What a file says, and the one line that must come of it. */
const forbidden = {
  'a driver importing another driver': {
    file: 'packages/mysql/src/a.ts',
    says: `import { sqlite } from '${ours.sqlite}'`,
    violation: `packages/mysql/src/a.ts imports ${ours.sqlite}: drivers do not import one another`,
  },
  'a driver importing another one in a test, for a type': {
    file: 'packages/mysql/test/a.test.ts',
    says: `import type { A } from '${ours.sqlite}'`,
    violation: `packages/mysql/test/a.test.ts imports ${ours.sqlite}: drivers do not import one another`,
  },
  'core importing a package of ours': {
    file: 'packages/core/src/a.ts',
    says: `export * from '${ours.sql}'`,
    violation: `packages/core/src/a.ts imports ${ours.sql}: core imports node: only`,
  },
  'core importing a package of others': {
    file: 'packages/core/src/a.ts',
    says: `type K = import('kysely').Kysely`,
    violation: 'packages/core/src/a.ts imports kysely: core imports node: only',
  },
  'core testing itself with the testkit': {
    file: 'packages/core/test/a.test.ts',
    says: `import '@batchflow/testkit'`,
    violation: 'packages/core/test/a.test.ts imports @batchflow/testkit: core imports node: only',
  },
  'a package shipping the testkit': {
    file: 'packages/sqlite/src/a.ts',
    says: `await import('@batchflow/testkit')`,
    violation: 'packages/sqlite/src/a.ts imports @batchflow/testkit: the testkit is for tests',
  },
  'sql importing a driver': {
    file: 'packages/sql/src/a.ts',
    says: `export { a } from '${ours.sqlite}'`,
    violation: `packages/sql/src/a.ts imports ${ours.sqlite}: sql stands on core alone`,
  },
  'a package importing an app': {
    file: 'packages/sqlite/src/a.ts',
    says: `import '@batchflow/demo'`,
    violation: 'packages/sqlite/src/a.ts imports @batchflow/demo: drivers do not import one another',
  },
  'a package that is not declared': {
    file: 'packages/sql/src/a.ts',
    says: `import pg from 'pg'`,
    violation:
      'packages/sql/src/a.ts imports pg: pg is not in the dependencies or peerDependencies of packages/sql/package.json',
  },
  'a deep import': {
    file: 'packages/sqlite/src/a.ts',
    says: `import '${ours.core}/dist/engine/lane.js'`,
    violation: `packages/sqlite/src/a.ts imports ${ours.core}/dist/engine/lane.js: ${ours.core} does not export it`,
  },
  'a path into another package': {
    file: 'packages/sqlite/src/a.ts',
    says: `import type { lane } from '../../core/src/engine/lane.ts'`,
    violation: 'packages/sqlite/src/a.ts imports ../../core/src/engine/lane.ts: it is outside of the package',
  },
  'src importing a test': {
    file: 'packages/sqlite/src/a.ts',
    says: `import '../test/contract.int.test.ts'`,
    violation: 'packages/sqlite/src/a.ts imports ../test/contract.int.test.ts: it is outside of src',
  },
  'the engine importing the flow, for a type': {
    file: 'packages/core/src/engine/a.ts',
    says: `import type { flow } from '../flow/flow.ts'`,
    violation:
      'packages/core/src/engine/a.ts imports ../flow/flow.ts: the engine knows nothing of what is built on it',
  },
  'a package without a place': {
    file: 'packages/novel/package.json',
    says: { name: '@batchflow/novel' },
    violation: 'packages/novel has no place in scripts/layers/rules.mjs',
  },
  'core depending on a package of others': {
    file: 'packages/core/package.json',
    says: { name: ours.core, exports: { '.': './dist/index.js' }, dependencies: { kysely: '1' } },
    violation: 'packages/core/package.json depends on kysely: core imports node: only',
  },
  'a driver depending on another': {
    file: 'packages/mysql/package.json',
    says: {
      name: '@batchflow/mysql',
      dependencies: { [ours.sql]: '1' },
      devDependencies: { [ours.sqlite]: '1' },
    },
    violation: `packages/mysql/package.json depends on ${ours.sqlite}: drivers do not import one another`,
  },
  'a cycle of values': {
    file: 'packages/core/src/engine/lane.ts',
    says: `import './key.js'\nexport const lane = 1`,
    also: { 'packages/core/src/engine/key.ts': `export { lane } from './lane.ts'` },
    violation:
      'packages/core/src/engine/lane.ts imports itself: packages/core/src/engine/key.ts -> packages/core/src/engine/lane.ts',
  },
}

for (const [name, { file, says, also, violation }] of Object.entries(forbidden)) {
  test(`reports ${name}`, (t) => {
    assert.deepEqual(violationsWith(t, { ...also, [file]: says }), [violation])
  })
}

test('a cycle of types passes', (t) => {
  const files = {
    'packages/core/src/engine/lane.ts': `import type { Key } from './key.ts'\nexport const lane = 1`,
    'packages/core/src/engine/key.ts': `export { lane } from './lane.ts'\nexport type Key = 1`,
  }
  assert.deepEqual(violationsWith(t, files), [])
})

test('apps import published packages only', (t) => {
  const files = {
    'packages/core-tests/package.json': { name: '@batchflow/core-tests', private: true },
    'apps/demo/src/main.ts': `import '@batchflow/core-tests'`,
  }
  assert.deepEqual(violationsWith(t, files), [
    'apps/demo/src/main.ts imports @batchflow/core-tests: @batchflow/core-tests is not published',
  ])
})
