export type { PostgresClient, PostgresPool, PostgresQuery, PostgresResult } from './database.ts'
export type { Migrated } from '../migrated.ts'
export type { OpenFailure } from './failure.ts'
export { inspectPostgres, migratePostgres, postgresStore } from './store.ts'
