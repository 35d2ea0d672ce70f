import { storeUnavailable } from '@signalbox/core/store'
import type { Store } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type { Migrated } from '../migrated.ts'
import type { Inventory } from '../inventory.ts'
import { openSession } from '../session.ts'
import { commitAll } from './commit.ts'
import type { Connection, SqliteDatabase } from './database.ts'
import { diagnose } from './diagnosis.ts'
import { alwaysDurable, createDurability } from './durability.ts'
import type { Durability, Flush } from './durability.ts'
import type { OpenFailure } from './failure.ts'
import { inventoryOf } from './inventory.ts'
import { inspectDatabase, openDatabase, openForReading } from './open.ts'
import type { Inspected, Opened } from './open.ts'
import { openTables } from './tables.ts'

/**
 * Makes a store of an open handle, or says why its file cannot serve. The store is the file's only owner and the handle's
 * only user until it is closed, which closes the handle; on a failure the handle stays open.
 *
 * SQLite makes each commit durable before it returns. Where the caller can do that for the file's log, `<file>-wal`, in
 * the background, it may give a `flush`: then the store serves others meanwhile, and no answer acknowledges or shows
 * what is not durable yet. The last flush has ended when the store is closed.
 */
export const sqliteStore = ({
  database,
  flush,
}: {
  readonly database: SqliteDatabase
  readonly flush?: Flush
}): E.Either<OpenFailure, Store> =>
  E.map(({ connection }: Opened) => storeOn(database, connection, flush))(openDatabase(database))

/**
 * Makes a store that only reads of an open handle, beside whoever owns its file, and an inventory of what the store is to
 * be asked by name; every change answers that it is unavailable. The handle may be one that only reads, and stays open
 * until the store is closed, which closes it. A transaction that is begun on the handle shows one moment only.
 */
export const readSqlite = ({
  database,
}: {
  readonly database: SqliteDatabase
}): E.Either<OpenFailure, Readable> =>
  E.map((connection: Connection) => ({
    inventory: inventoryOf(connection),
    store: {
      ...storeOn(database, connection, undefined),
      exclusive: false,
      commit: refuse,
      leaseEffects: refuse,
      renewEffects: refuse,
      deferEffect: refuse,
      leaseDeadlines: refuse,
      allocate: refuse,
    },
  }))(openForReading(database))

/** A store that only reads, and what there is to read. */
interface Readable {
  readonly store: Store
  readonly inventory: Inventory
}

/**
 * Brings the file of an open handle to the present schema, and is its owner until the handle is closed, which is the
 * caller's to do; any number of times, for what is done already is not done again.
 */
export const migrateSqlite = ({
  database,
}: {
  readonly database: SqliteDatabase
}): E.Either<OpenFailure, Migrated> =>
  E.map(({ migrated }: Opened) => migrated)(openDatabase(database))

/**
 * Tells of the file of an open handle as it is, without owning or changing it; a handle that only reads will do. What is
 * counted is what could be read: nothing of a file without a schema, or with one of a later release.
 */
export const inspectSqlite = ({
  database,
  at,
}: {
  readonly database: SqliteDatabase
  readonly at: number
}): E.Either<OpenFailure, Inspected> => inspectDatabase(database, at)

// -- internals

const refuse = () => async () => E.left(storeUnavailable('it is open for reading only'))

const storeOn = (
  database: SqliteDatabase,
  connection: Connection,
  flush: Flush | undefined,
): Store => {
  const { transaction, one } = connection
  const { wrote, settled } = durabilityOf(connection, flush)
  const tables = openTables(connection)
  const { states, effects, deadlines, journal, keys, documents } = tables
  const session = openSession()
  const answer = <A>(work: () => A): ReturnType<typeof session.answer<A>> =>
    session.answer(() => {
      const answered = work()
      return settled()?.then(() => answered) ?? answered
    })
  const write = <A>(work: () => A): ReturnType<typeof answer<A>> =>
    answer(() => {
      const answered = work()
      wrote()
      return answered
    })
  const change = <A>(work: () => A): ReturnType<typeof answer<A>> => write(() => transaction(work))
  return {
    exclusive: true,
    load: (ref) => answer(() => states.load(ref)),
    commit: (batch) => write(() => commitAll(connection, tables, batch)),
    list: (query) => answer(() => states.list(query)),
    overdue: (query) => answer(() => deadlines.overdue(query)),
    journal: (query) => answer(() => journal.list(query)),
    claim: (key) => answer(() => keys.holder(key)),
    quota: (key) => answer(() => keys.count(key)),
    receipt: (key) => answer(() => keys.receipt(key)),
    leaseEffects: (lease) => change(() => effects.lease(lease)),
    renewEffects: (renewal) => change(() => effects.renew(renewal)),
    deferEffect: (deferral) => change(() => effects.defer(deferral)),
    effect: (id) => answer(() => effects.load(id)),
    effects: (query) => answer(() => effects.list(query)),
    leaseDeadlines: (lease) => change(() => deadlines.lease(lease)),
    nextWake: () => answer(() => earliest(effects.nextWake(), deadlines.nextWake())),
    document: (key) => answer(() => documents.load(key)),
    documents: (query) => answer(() => documents.list(query)),
    allocate: ({ sequence, count, floor }) => change(() => keys.allocate(sequence, count, floor)),
    upcoming: (sequence) => answer(() => keys.upcoming(sequence)),
    diagnose: (at) => answer(() => diagnose(connection, at)),
    ping: () =>
      answer(() => {
        one('select 1 from state limit 1')
      }),
    close: () =>
      session.close(async () => {
        try {
          await settled()
        } finally {
          database.close()
        }
      }),
  }
}

// A commit then only writes to the log. What the log was before is durable: opening has written under `full`.
const durabilityOf = ({ one, run }: Connection, flush: Flush | undefined): Durability => {
  const mode = one<{ readonly journal_mode: string }>('pragma main.journal_mode')?.journal_mode
  if (flush === undefined || mode !== 'wal') return alwaysDurable
  run('pragma main.synchronous = normal')
  return createDurability(flush)
}

const earliest = (...instants: ReadonlyArray<number | undefined>): number | undefined => {
  const known = instants.filter((instant) => instant !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
