import type { TestProject } from 'vitest/node'
import { startPgbouncer } from './pgbouncer.ts'
import { startPostgres } from './postgres-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of a PostgreSQL server on which tests may make databases of their own. */
    readonly postgres: string
    /** The address of a PgBouncer in front of it, or why there is none. */
    readonly pgbouncer: { readonly url: string } | { readonly missing: string }
  }
}

/** Gives a run of tests a server: the one that `SIGNALBOX_TEST_POSTGRES` names, or one of its own that ends with the run. */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  const given = process.env['SIGNALBOX_TEST_POSTGRES']
  const server = given === undefined ? await startPostgres() : undefined
  const url = given ?? server?.url ?? ''
  provide('postgres', url)
  const pooler = await startPgbouncer(url)
  provide('pgbouncer', 'missing' in pooler ? pooler : { url: pooler.url })
  return async () => {
    if ('stop' in pooler) await pooler.stop()
    await server?.stop()
  }
}
