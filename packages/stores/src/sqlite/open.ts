import type { Diagnosis } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type { Migrated } from '../migrated.ts'
import { messageOf } from '../session.ts'
import { connect, resultCode } from './database.ts'
import type { Connection, SqliteDatabase } from './database.ts'
import { diagnose } from './diagnosis.ts'
import { foreignFile, newerSchema, openFailed, readOnly, storeLocked } from './failure.ts'
import type { OpenFailure } from './failure.ts'
import { APPLICATION_ID, migrate, MIGRATIONS, versionOf } from './schema.ts'

/** A file that is ready to serve, and what was done for that. */
export interface Opened {
  readonly connection: Connection
  readonly migrated: Migrated
}

/**
 * Makes an open handle ready to serve: sees that the file is ours or empty, becomes its only owner, and brings its schema
 * forward. On a failure the handle stays open, and the file as it was.
 *
 * The owner holds an exclusive lock on an empty file beside the database, `<file>-owner`, through the same handle. The
 * operating system lets go of it when the process ends, however it ends, so there is no stale lock and no clock; and the
 * database itself stays free for readers, which `locking_mode = exclusive` on it would shut out.
 */
export const openDatabase = (
  database: SqliteDatabase,
  migrations: ReadonlyArray<string> = MIGRATIONS,
): E.Either<OpenFailure, Opened> => {
  const connection = connect(database)
  let file = ''
  try {
    database.exec('pragma busy_timeout = 0')
    file = fileOf(connection)
    const refused = inspect(connection, nameOf(file), migrations.length)
    if (refused !== undefined) return E.left(refused)
    if (file !== '') own(database, file)
    database.exec(SETTINGS)
    const migrated = migrate(connection, database.exec.bind(database), migrations)
    database.exec(SERVING)
    return E.right({ connection, migrated })
  } catch (thrown) {
    disown(database)
    return E.left(toOpenFailure(nameOf(file), thrown))
  }
}

/** Makes an open handle ready to read a file of the present schema, whoever owns it; a handle that only reads will do. */
export const openForReading = (database: SqliteDatabase): E.Either<OpenFailure, Connection> => {
  const connection = connect(database)
  let file = ''
  try {
    file = fileOf(connection)
    const known = MIGRATIONS.length
    const refused = inspect(connection, nameOf(file), known)
    if (refused !== undefined) return E.left(refused)
    const version = versionOf(connection.one)
    return version === known
      ? E.right(connection)
      : E.left(openFailed(nameOf(file), `it has schema version ${version}, and not yet ${known}`))
  } catch (thrown) {
    return E.left(toOpenFailure(nameOf(file), thrown))
  }
}

/** Tells of a file without a change to it, whoever owns it; a handle that only reads will do. */
export const inspectDatabase = (
  database: SqliteDatabase,
  at: number,
): E.Either<OpenFailure, Inspected> => {
  const connection = connect(database)
  let file = ''
  try {
    file = fileOf(connection)
    const refused = inspect(connection, nameOf(file), Infinity)
    return refused === undefined
      ? E.right({ diagnosis: diagnose(connection, at), owned: isOwned(database, file) })
      : E.left(refused)
  } catch (thrown) {
    return E.left(toOpenFailure(nameOf(file), thrown))
  }
}

/** A diagnosis of a file, and whether a process has it open as its store. */
export interface Inspected {
  readonly diagnosis: Diagnosis
  readonly owned: boolean
}

// -- internals

// Readers of other processes never stop a writer of a WAL database; this is for a moment of maintenance by hand.
const PATIENCE = 5000

// `fullfsync` makes `synchronous = full` true on a Mac as well, where fsync alone stops at the drive's cache. A checkpoint
// writes each page that changed once, however often it did, and syncs twice: every 16 MB of log is often enough. The pages
// of one large transaction fit in the cache, and so do those of the indexes that a million services have in use.
const SETTINGS = `
  pragma main.journal_mode = wal;
  pragma main.synchronous = full;
  pragma fullfsync = on;
  pragma foreign_keys = on;
  pragma wal_autocheckpoint = 4000;
  pragma main.cache_size = -131072;
`

// Set once the schema is the present one: what a migration sorts may be too much for memory. What is read of the first 2 GB,
// which is as much as SQLite maps, is not copied first; an error of the disk there ends the process, like a crash, and
// nothing that was acknowledged is lost by either.
const SERVING = `
  pragma busy_timeout = ${PATIENCE};
  pragma temp_store = memory;
  pragma main.mmap_size = 2147418112;
`

const fileOf = ({ all }: Connection): string =>
  all<{ readonly name: string; readonly file: string | null }>('pragma database_list').find(
    ({ name }) => name === 'main',
  )?.file ?? ''

const nameOf = (file: string): string => (file === '' ? 'the database' : file)

interface Header {
  readonly id: number
  readonly version: number
  readonly tables: number
}

// One statement sees one moment of a file that another process may be bringing forward.
const HEADER = `
  select application_id as id, user_version as version, (select count(*) from sqlite_schema) as tables
  from pragma_application_id cross join pragma_user_version`

const inspect = ({ one }: Connection, file: string, known: number): OpenFailure | undefined => {
  const header = one<Header>(HEADER)
  const { id, version, tables } = header ?? { id: 0, version: 0, tables: 0 }
  if (id === 0 && (tables > 0 || version > 0))
    return foreignFile(file, 'it holds what Signalbox did not make')
  if (id !== 0 && id !== APPLICATION_ID)
    return foreignFile(file, 'it belongs to another application')
  return version > known ? newerSchema(file, known, version) : undefined
}

// A write takes the lock, and exclusive mode keeps it after the write has ended.
const own = (database: SqliteDatabase, file: string): void => {
  database.prepare('attach database ? as owner').run(`${file}-owner`)
  database.exec(`
    pragma owner.locking_mode = exclusive;
    pragma owner.journal_mode = memory;
    pragma owner.synchronous = off;
    pragma owner.user_version = 1;
  `)
}

// Whoever may read the file of the owner is not kept out by one.
const isOwned = (database: SqliteDatabase, file: string): boolean => {
  try {
    database.prepare('attach database ? as owner').run(`${file}-owner`)
    database.prepare('select * from owner.sqlite_schema').all()
    return false
  } catch (thrown) {
    if (resultCode(thrown) === CANTOPEN) return false
    if (resultCode(thrown) === BUSY) return true
    throw thrown
  } finally {
    disown(database)
  }
}

const disown = (database: SqliteDatabase): void => {
  try {
    database.exec('detach database owner')
  } catch {
    // It was never attached.
  }
}

const BUSY = 5
const READONLY = 8
const CANTOPEN = 14
const NOTADB = 26

const toOpenFailure = (file: string, thrown: unknown): OpenFailure => {
  switch (resultCode(thrown)) {
    case BUSY:
      return storeLocked(file)
    case READONLY:
    case CANTOPEN:
      return readOnly(file)
    case NOTADB:
      return foreignFile(file, 'it is not a database')
    default:
      return openFailed(file, messageOf(thrown))
  }
}
