import { defineConfig } from 'vitest/config'

const anywhere = '{packages,apps,scripts}/**'
const special = ['model', 'contract', 'postgres', 'e2e'].map(
  (kind) => `${anywhere}/*.${kind}.test.ts`,
)
const never = ['**/node_modules/**', '**/dist/**']

export default defineConfig({
  // The files Node itself picks, with our own packages read from their sources.
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    passWithNoTests: true,
    maxWorkers: 2,
    // A bound for what hangs, not a measure of speed.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [`${anywhere}/*.test.ts`],
          exclude: [...never, ...special],
        },
      },
      {
        extends: true,
        test: {
          name: 'model',
          include: [`${anywhere}/*.model.test.ts`],
          exclude: never,
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          include: [`${anywhere}/*.contract.test.ts`],
          exclude: never,
        },
      },
      // One file at a time: a journal shows what is behind the oldest transaction of its server, whoever's that is.
      {
        extends: true,
        test: {
          name: 'postgres',
          include: [`${anywhere}/*.postgres.test.ts`],
          exclude: never,
          globalSetup: 'scripts/postgres.ts',
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: [`${anywhere}/*.e2e.test.ts`],
          exclude: never,
          pool: 'forks',
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
