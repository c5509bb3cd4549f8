import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{shared,compliance,reports,edge,hub,scripts}/**/*.test.{ts,tsx}', 'tests/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'tests/long/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    coverage: { provider: 'v8', include: ['compliance/**/*.ts', 'reports/**/*.ts'], reporter: ['text-summary'] },
  },
});
