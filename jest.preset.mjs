// Shared by every package: native ES modules, TypeScript through swc, no globals (tests import from @jest/globals).
// Tests of a package's inside import ../src; everything else is imported by package name and runs from dist,
// as users get it. Worker threads can only be started from dist.
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  injectGlobals: false,
}
