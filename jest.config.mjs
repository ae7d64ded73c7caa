export default {
  rootDir: 'dist',
  testMatch: ['**/*.spec.js'],
  transform: {},
  testTimeout: 60_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/../tools/test-report.mjs'],
};
