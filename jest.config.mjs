export default {
  projects: ['<rootDir>/packages/*', '<rootDir>/apps/*', '<rootDir>/examples'],
  reporters: [
    'default',
    '<rootDir>/scripts/jest-closing-line.mjs',
    // The longest of ours waits a minute and a half for a real Prometheus.
    ['<rootDir>/scripts/jest-watchdog.mjs', { limitMs: 600_000 }],
  ],
  testTimeout: 30_000,
}
