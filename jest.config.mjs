import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Where stories share the loaded example year; tools/test-report.mjs deletes it at the end of the run.
process.env.GONGKAI_STORIES ??= join(tmpdir(), `gongkai-stories-${process.pid}`);

export default {
  rootDir: 'dist',
  testMatch: ['**/*.spec.js'],
  transform: {},
  // What hangs fails in the end; a slow machine is no failure, and speed is the benchmarks' matter.
  testTimeout: 240_000,
  maxWorkers: 2,
  reporters: ['default', '<rootDir>/../tools/test-report.mjs'],
};
