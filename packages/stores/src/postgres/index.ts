export type { PostgresClient, PostgresPool, PostgresQuery, PostgresResult } from './database.ts'
export type { OpenFailure } from './failure.ts'
export { postgresStore } from './store.ts'
