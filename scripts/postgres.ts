import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of a PostgreSQL server on which tests may make databases of their own. */
    readonly postgres: string
  }
}

/** Gives a run of tests a server: the one that `SIGNALBOX_TEST_POSTGRES` names, or one of its own that ends with the run. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const given = process.env['SIGNALBOX_TEST_POSTGRES']
  const server = given === undefined ? await startPostgres() : undefined
  provide('postgres', given ?? server?.url ?? '')
  return async () => {
    await server?.stop()
  }
}
