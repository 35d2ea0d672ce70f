import type { Diagnosis } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type { Migrated } from '../migrated.ts'
import { messageOf } from '../session.ts'
import { codeOf, connect, isUnreachable, transaction } from './database.ts'
import type { PostgresPool, Run } from './database.ts'
import { diagnose, diagnoseUnread } from './diagnosis.ts'
import {
  accessDenied,
  databaseMissing,
  foreignSchema,
  newerSchema,
  openFailed,
  readOnly,
  unreachable,
  unsuitable,
} from './failure.ts'
import type { OpenFailure } from './failure.ts'
import { MIGRATIONS } from './schema.ts'

/**
 * Makes a database ready to serve: sees that it can, and brings its schema forward. Any number of hosts may do so at once:
 * a lock that ends with the transaction lets them in one by one, and all but the first find nothing left to do.
 */
export const openDatabase = async (
  pool: PostgresPool,
  migrations: ReadonlyArray<string> = MIGRATIONS,
): Promise<E.Either<OpenFailure, Migrated>> => {
  try {
    return await transaction(pool, async (run) => {
      const refused = await inspectServer(run)
      if (refused !== undefined) return E.left(refused)
      await run(LOCK)
      const version = await versionOf(run)
      if (version === undefined) return E.left(foreignSchema(FOREIGN))
      if (version > migrations.length) return E.left(newerSchema(migrations.length, version))
      for (const step of migrations.slice(version)) await run(step)
      if (version < migrations.length)
        await run('update signalbox.store set version = ?', migrations.length)
      await run(NEXT_ERA)
      return E.right({ from: version, to: migrations.length })
    })
  } catch (thrown) {
    return E.left(toOpenFailure(thrown))
  }
}

/** Tells of a database as it is, without a change to it. */
export const inspectDatabase = async (
  pool: PostgresPool,
  at: number,
): Promise<E.Either<OpenFailure, Diagnosis>> => {
  try {
    const connection = connect(pool)
    const refused = await inspectServer(connection.all)
    if (refused !== undefined) return E.left(refused)
    const version = await versionOf(connection.all)
    if (version === undefined) return E.left(foreignSchema(FOREIGN))
    const readable = version > 0 && version <= MIGRATIONS.length
    return E.right(
      await (readable ? diagnose(connection, at) : diagnoseUnread(connection, version)),
    )
  } catch (thrown) {
    return E.left(toOpenFailure(thrown))
  }
}

// -- internals

const FOREIGN = 'it holds what Signalbox did not make'

const OLDEST = 140_000

// Ends with the transaction, unlike a lock of the session, which a pooler would leave behind on a connection of others.
const LOCK = `select pg_advisory_xact_lock(hashtextextended('signalbox', 0))`

/*
 * A dump that is restored into another cluster brings transaction ids along that the other has not reached, and what is
 * written next would be sorted before what is restored. A new era is sorted behind.
 */
const NEXT_ERA = `
  update signalbox.store set era = era + 1
  where exists (
    select from signalbox.journal
    where journal.era = store.era and journal.xid >= pg_snapshot_xmax(pg_current_snapshot())
  )`

const SETTINGS = `
  select current_setting('server_version_num') as number, current_setting('server_version') as version,
    current_setting('server_encoding') as encoding,
    current_setting('default_transaction_isolation') as isolation,
    case when current_setting('transaction_read_only') = 'on' then 'yes' end as read_only`

const inspectServer = async (run: Run): Promise<OpenFailure | undefined> => {
  const [server] = await run<{
    readonly number: string
    readonly version: string
    readonly encoding: string
    readonly isolation: string
    readonly read_only: string | null
  }>(SETTINGS)
  if (server === undefined) return openFailed('it answers nothing')
  if (Number(server.number) < OLDEST)
    return unsuitable(`the server is PostgreSQL ${server.version}, and a store needs 14 or newer`)
  if (server.encoding !== 'UTF8')
    return unsuitable(`its encoding is ${server.encoding}, and a store needs UTF8`)
  if (server.isolation !== 'read committed')
    return unsuitable(
      `its default_transaction_isolation is ${server.isolation}, and a store needs read committed`,
    )
  return server.read_only === null ? undefined : readOnly('the server is a standby or read-only')
}

// Undefined when the schema is there and is not ours.
const versionOf = async (run: Run): Promise<number | undefined> => {
  const [found] = await run<{ readonly ours: string | null; readonly relations: string }>(`
    select to_regclass('signalbox.store') as ours, (
      select count(*) from pg_class where relnamespace = to_regnamespace('signalbox')
    ) as relations`)
  if (found?.ours == null) return found?.relations === '0' ? 0 : undefined
  const columns = await run(`
    select from pg_attribute
    where attrelid = to_regclass('signalbox.store') and attname in ('version', 'era')`)
  if (columns.length < 2) return undefined
  const [store] = await run<{ readonly version: string }>('select version from signalbox.store')
  return store && Number(store.version)
}

const toOpenFailure = (thrown: unknown): OpenFailure => {
  const reason = messageOf(thrown)
  const code = codeOf(thrown)
  if (/^(28...|42501)$/.test(code)) return accessDenied(reason)
  if (code === '3D000') return databaseMissing(reason)
  if (code === '25006') return readOnly(reason)
  return isUnreachable(thrown) ? unreachable(reason) : openFailed(reason)
}
