export type { SqliteDatabase, SqliteStatement, SqliteValue } from './database.ts'
export type { OpenFailure } from './failure.ts'
export { sqliteStore } from './store.ts'
