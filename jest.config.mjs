export default {
  projects: ['<rootDir>/packages/*', '<rootDir>/apps/*', '<rootDir>/examples'],
  reporters: ['default', '<rootDir>/scripts/jest-closing-line.mjs'],
  testTimeout: 30_000,
}
