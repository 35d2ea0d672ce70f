import type {
  Commit,
  CommitFailure,
  Committed,
  Diagnosis,
  Hint,
  Store,
} from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { Migrated } from '../migrated.ts'
import { openSession } from '../session.ts'
import { commitAll } from './commit.ts'
import { connect } from './database.ts'
import type { PostgresPool } from './database.ts'
import { leaseDeadlines, overdue } from './deadlines.ts'
import { listDocuments, loadDocument } from './documents.ts'
import { diagnose } from './diagnosis.ts'
import {
  deferEffect,
  leaseEffects,
  listEffects,
  loadEffect,
  nextWake,
  renewEffects,
} from './effects.ts'
import type { OpenFailure } from './failure.ts'
import { openHints } from './hints.ts'
import type { Hints, PostgresHints } from './hints.ts'
import { listJournal } from './journal.ts'
import { allocate, loadCount, loadHolder, loadReceipt, loadUpcoming } from './keys.ts'
import { inspectDatabase, openDatabase } from './open.ts'
import { listStates, loadState } from './states.ts'

/**
 * Makes a store of a pool of connections to PostgreSQL 14 or newer, or says why its database cannot serve. Any number of
 * stores, in any number of processes, may share the database; each keeps to the schema `signalbox` in it. A pooler in
 * transaction mode may stand between. The store ends the pool when it is closed; on a failure the pool stays as it is. With
 * `hints` it tells the other stores of the database when there is something new, and its own watchers when they do.
 */
export const postgresStore =
  ({
    pool,
    hints,
  }: {
    readonly pool: PostgresPool
    readonly hints?: PostgresHints
  }): TE.TaskEither<OpenFailure, Store> =>
  async () => {
    // A connection that breaks while it is idle is the pool's to replace; without a listener it would end the process.
    pool.on('error', () => {})
    return E.map(() => storeOn(pool, hints && openHints(hints)))(await openDatabase(pool))
  }

/**
 * Brings a database to the present schema; any number of times and from any number of processes at once, for what is done
 * already is not done again. The pool stays open.
 */
export const migratePostgres =
  ({ pool }: { readonly pool: PostgresPool }): TE.TaskEither<OpenFailure, Migrated> =>
  () =>
    openDatabase(pool)

/**
 * Tells of a database as it is, without a change to it. What is counted is what could be read: nothing of a database
 * without a schema, or with one of a later release. The pool stays open.
 */
export const inspectPostgres =
  ({
    pool,
    at,
  }: {
    readonly pool: PostgresPool
    readonly at: number
  }): TE.TaskEither<OpenFailure, Diagnosis> =>
  () =>
    inspectDatabase(pool, at)

// -- internals

const storeOn = (pool: PostgresPool, hints: Hints | undefined): Store => {
  const connection = connect(pool)
  const { answer, close } = openSession()
  return {
    ...(hints !== undefined && { watch: hints.watch }),
    load: (ref) => answer(() => loadState(connection, ref)),
    commit: (batch) =>
      answer(async () => {
        const answers = await commitAll(connection, batch)
        hints?.tell(newsOf(batch, answers))
        return answers
      }),
    list: (query) => answer(() => listStates(connection, query)),
    overdue: (query) => answer(() => overdue(connection, query)),
    journal: (query) => answer(() => listJournal(connection, query)),
    claim: (key) => answer(() => loadHolder(connection, key)),
    quota: (key) => answer(() => loadCount(connection, key)),
    receipt: (key) => answer(() => loadReceipt(connection, key)),
    leaseEffects: (lease) => answer(() => leaseEffects(connection, lease)),
    renewEffects: (renewal) => answer(() => renewEffects(connection, renewal)),
    deferEffect: (deferral) =>
      answer(async () => {
        await deferEffect(connection, deferral)
        hints?.tell(['work'])
      }),
    effect: (id) => answer(() => loadEffect(connection, id)),
    effects: (query) => answer(() => listEffects(connection, query)),
    leaseDeadlines: (lease) => answer(() => leaseDeadlines(connection, lease)),
    nextWake: () => answer(() => nextWake(connection)),
    document: (key) => answer(() => loadDocument(connection, key)),
    documents: (query) => answer(() => listDocuments(connection, query)),
    allocate: (request) => answer(() => allocate(connection, request)),
    upcoming: (sequence) => answer(() => loadUpcoming(connection, sequence)),
    diagnose: (at) => answer(() => diagnose(connection, at)),
    ping: () =>
      answer(async () => {
        await connection.all('select from signalbox.store')
      }),
    close: () =>
      close(async () => {
        await hints?.close()
        await pool.end()
      }),
  }
}

// Who arms a deadline wakes for it by itself, and so does who leases an effect.
const newsOf = (
  batch: ReadonlyArray<Commit>,
  answers: ReadonlyArray<E.Either<CommitFailure, Committed>>,
): ReadonlyArray<Hint> => {
  let journal = false
  let work = false
  for (const [n, answered] of answers.entries()) {
    const commit = batch[n]
    if (commit === undefined || E.isLeft(answered)) continue
    const { leased } = answered.right
    const settled = commit.settles.map(({ effect }) => effect)
    journal ||= commit.journal.length > 0
    work ||=
      commit.retries.length > 0 ||
      commit.effects.some(({ id }) => !leased.includes(id) && !settled.includes(id))
  }
  return [...(journal ? (['journal'] as const) : []), ...(work ? (['work'] as const) : [])]
}
