import { createHash } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import { Pool } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  answer,
  commitOf,
  deadlineOf,
  effectOf,
  entryOf,
  leaseAt,
  refOf,
  stand,
  stateOf,
  writing,
} from '../contract/given.ts'
import { makeDatabase, openOn } from './__fixtures__/database.ts'
import type { Database } from './__fixtures__/database.ts'
import { commitAll } from './commit.ts'
import { connect } from './database.ts'
import type { OpenFailure, PostgresPool } from './index.ts'
import { inspectPostgres, migratePostgres, postgresStore } from './index.ts'
import { openDatabase } from './open.ts'
import { MIGRATIONS } from './schema.ts'

let database: Database
beforeEach(async () => {
  database = await makeDatabase()
})
afterEach(() => database.drop())

const failureOf = async (pool: PostgresPool): Promise<OpenFailure> => {
  const store = await postgresStore({ pool })()
  if (E.isRight(store)) throw new Error('the store opened')
  return store.left
}

const at = (change: (url: URL) => void): Pool => {
  const url = new URL(database.url)
  change(url)
  return new Pool({ connectionString: url.href, connectionTimeoutMillis: 5000 })
}

// A pool to which the server is what it is told to be.
const claiming = (pool: Pool, settings: object): PostgresPool => ({
  query: (query) => pool.query(query),
  connect: async () => {
    const client = await pool.connect()
    return {
      query: async (query) => {
        const { rows } = await client.query(query)
        return {
          rows: query.text.includes('server_version') ? [{ ...rows[0], ...settings }] : rows,
        }
      },
      release: (broken) => client.release(broken),
    }
  },
  on: () => undefined,
  end: () => pool.end(),
})

describe('opening a database', () => {
  it('makes the tables of an empty one, and finds them again', async () => {
    const first = await database.open()
    await stand(first, writing([stateOf(refOf('a'))]))
    await first.close()()
    const second = await database.open()
    expect(await answer(second.load(refOf('a')))).toEqual(stateOf(refOf('a')))
  })

  it('spreads the services over partitions by their ref', async () => {
    const store = await database.open()
    await answer(
      store.commit(Array.from({ length: 200 }, (_, n) => writing([stateOf(refOf(`${n}`))]))),
    )
    const { rows } = await database
      .pool()
      .query('select count(distinct tableoid) as parts from signalbox.state')
    expect(rows).toEqual([{ parts: '8' }])
  })

  it('lets ten hosts begin at once', async () => {
    const opened = await Promise.all(
      Array.from({ length: 10 }, () => postgresStore({ pool: database.pool() })()),
    )
    expect(opened.map(({ _tag }) => _tag)).toEqual(Array.from({ length: 10 }, () => 'Right'))
  })

  it('says that no server answers', async () => {
    for (const pool of [
      at((url) => (url.port = '1')),
      at((url) => (url.hostname = 'nowhere.invalid')),
    ]) {
      const failure = await failureOf(pool)
      expect(failure._tag).toBe('Unreachable')
      expect(failure.message).toMatch(/cannot be reached: .+/)
      await pool.end()
    }
  })

  it('says that it is not let in, and not with which password', async () => {
    const admin = database.pool()
    const name = `signalbox_guest_${crypto.randomUUID().slice(0, 8)}`
    await admin.query(`create role ${name} login`)
    const pool = at((url) => {
      url.username = name
      url.password = 'hunter2'
    })
    const failure = await failureOf(pool)
    expect(failure._tag).toBe('AccessDenied')
    expect(failure.message).toMatch(/denies access: .+/)
    expect(failure.message).not.toContain('hunter2')
    await pool.end()
    await admin.query(`drop role ${name}`)
    const nobody = at((url) => (url.username = 'signalbox_nobody'))
    expect((await failureOf(nobody))._tag).toBe('AccessDenied')
    await nobody.end()
  })

  it('says that the database is not there', async () => {
    const pool = at((url) => (url.pathname = '/signalbox_missing'))
    const failure = await failureOf(pool)
    expect(failure._tag).toBe('DatabaseMissing')
    expect(failure.message).toContain('signalbox_missing')
    await pool.end()
  })

  it('refuses a server that is too old, and names its version', async () => {
    const old = { number: '130014', version: '13.14' }
    const failure = await failureOf(claiming(database.pool(), old))
    expect(failure._tag).toBe('Unsuitable')
    expect(failure.message).toContain('PostgreSQL 13.14')
    await openOn(claiming(database.pool(), { number: '140000', version: '14.0' }))
  })

  it('refuses a database that cannot hold every text', async () => {
    const latin = await makeDatabase(`template template0 encoding 'LATIN1' locale 'C'`)
    const failure = await failureOf(latin.pool())
    expect(failure._tag).toBe('Unsuitable')
    expect(failure.message).toContain('LATIN1')
    await latin.drop()
  })

  it('refuses a database whose transactions are isolated in another way', async () => {
    const name = new URL(database.url).pathname.slice(1)
    await database
      .pool()
      .query(`alter database ${name} set default_transaction_isolation = 'serializable'`)
    const failure = await failureOf(database.pool())
    expect(failure._tag).toBe('Unsuitable')
    expect(failure.message).toContain('serializable')
  })

  it('refuses a database that takes no writes', async () => {
    const name = new URL(database.url).pathname.slice(1)
    await database.pool().query(`alter database ${name} set default_transaction_read_only = on`)
    expect((await failureOf(database.pool()))._tag).toBe('ReadOnly')
  })

  it('refuses the schema of another application, and leaves it as it was', async () => {
    const pool = database.pool()
    await pool.query('create schema signalbox; create table signalbox.album (title text)')
    expect((await failureOf(database.pool()))._tag).toBe('ForeignSchema')
    await pool.query('create table signalbox.store (address text)')
    expect((await failureOf(database.pool()))._tag).toBe('ForeignSchema')
    const { rows } = await pool.query(
      `select relname from pg_class where relnamespace = 'signalbox'::regnamespace order by 1`,
    )
    expect(rows).toEqual([{ relname: 'album' }, { relname: 'store' }])
  })

  it('takes a schema that was made for it and is empty', async () => {
    await database.pool().query('create schema signalbox')
    await openOn(database.pool())
  })

  it('refuses the database of a later release and names both versions', async () => {
    await database.open()
    await database.pool().query('update signalbox.store set version = version + 4')
    expect(await failureOf(database.pool())).toMatchObject({
      _tag: 'NewerSchema',
      known: MIGRATIONS.length,
      actual: MIGRATIONS.length + 4,
    })
  })

  it('leaves the pool open when it fails', async () => {
    const pool = database.pool()
    await pool.query('create schema signalbox; create table signalbox.album (title text)')
    await failureOf(pool)
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })
})

describe('bringing a schema forward', () => {
  it('takes the time it needs, whatever the limit of the pool is', async () => {
    const slow = [...MIGRATIONS, 'select pg_sleep(0.4)']
    const impatient = database.pool({ query_timeout: 200 })
    expect(E.isRight(await openDatabase(impatient, slow))).toBe(true)
  })

  const steps = [
    ...MIGRATIONS,
    'create table signalbox.second (n integer)',
    'alter table signalbox.second add m integer default 7; insert into signalbox.second values (1)',
  ]
  const rows = async (sql: string): Promise<ReadonlyArray<unknown>> =>
    (await database.pool().query(sql)).rows

  it('takes every step from the version of the database on, once, whoever comes at the same time', async () => {
    await openDatabase(database.pool())
    const opened = await Promise.all(
      Array.from({ length: 6 }, () => openDatabase(database.pool(), steps)),
    )
    expect(opened.every(E.isRight)).toBe(true)
    expect(await rows('select n, m from signalbox.second')).toEqual([{ n: 1, m: 7 }])
    expect(await rows('select version from signalbox.store')).toEqual([{ version: steps.length }])
  })

  it('never changes a step that databases have taken', () => {
    const taken = [
      'dae66560c0560f51c8bb5ab1d984de8d39712d4d9ebcd1fd81781cdef15ed49c',
      '6014b599320f6ecc010404cad5787a1a84bc20a5b4fae90b603a8de80b0cd6f2',
      '5d7d1d1897c8a70e7961d175536476629a121337cf2444577f0d3c20a9e29e99',
    ]
    expect(
      MIGRATIONS.slice(0, taken.length).map((step) =>
        createHash('sha256').update(step).digest('hex'),
      ),
    ).toEqual(taken)
  })

  it('brings what a database of the first version holds along, while a host of that release works on', async () => {
    await openDatabase(database.pool(), MIGRATIONS.slice(0, 1))
    const ref = refOf('a')
    const old = connect(database.pool({ max: 1 }))
    await commitAll(old, [
      writing([stateOf(ref)], {
        journal: [entryOf('j', ref)],
        effects: ['done', 'leased', 'behind'].map((id) => effectOf(id, ref)),
        settles: [{ effect: 'done', outcome: 'done', at: 150 }],
        lease: { owner: 'one', until: 10_100 },
        armed: [{ ref, deadline: deadlineOf('expires', 500) }],
      }),
    ])
    expect(await migratePostgres({ pool: database.pool() })()).toEqual(
      E.right({ from: 1, to: MIGRATIONS.length }),
    )
    const store = await database.open()
    expect(await answer(store.load(ref))).toEqual(stateOf(ref))
    expect((await answer(store.journal({ limit: 9 }))).entries).toMatchObject([{ id: 'j' }])
    expect(await answer(store.diagnose(500))).toMatchObject({
      schema: { version: MIGRATIONS.length, known: MIGRATIONS.length },
      effects: { pending: 1, leased: 1, parked: 0 },
      overdue: { count: 1, since: 500 },
    })
    await stand(store, commitOf({ parks: [{ effect: 'leased', at: 600, error: 'gave up' }] }))
    const settles = [{ effect: 'behind', outcome: 'done' as const, at: 650 }]
    expect(await commitAll(old, [commitOf({ settles })])).toMatchObject([{ _tag: 'Right' }])
    await commitAll(old, [writing([stateOf(ref, { revision: 2 })])])
    expect(await answer(store.leaseEffects(leaseAt(1e6)))).toEqual([])
    await stand(store, commitOf({ retries: [{ effect: 'leased', at: 700 }] }))
    expect(await answer(store.leaseEffects(leaseAt(700)))).toMatchObject([
      { effect: { id: 'leased' } },
    ])
  })

  it('says that there was nothing to bring forward', async () => {
    for (const from of [0, MIGRATIONS.length])
      expect(await migratePostgres({ pool: database.pool() })()).toEqual(
        E.right({ from, to: MIGRATIONS.length }),
      )
  })

  it('takes all steps or none', async () => {
    const broken = [...steps, 'create table nonsense (']
    expect(await openDatabase(database.pool(), broken)).toMatchObject({
      left: { _tag: 'OpenFailed' },
    })
    expect(await rows(`select to_regnamespace('signalbox') as made`)).toEqual([{ made: null }])
    expect(E.isRight(await openDatabase(database.pool(), steps))).toBe(true)
  })
})

describe('looking at a database', () => {
  const look = (at = 1000) => inspectPostgres({ pool: database.pool(), at })()
  const known = MIGRATIONS.length

  it('tells what waits in it, and what time it is there', async () => {
    const store = await database.open()
    await stand(store, commitOf({ effects: [effectOf('e', refOf('a'))] }))
    const before = Date.now() - 60_000
    const looked = await look()
    expect(looked).toMatchObject(
      E.right({
        schema: { version: known, known },
        effects: { pending: 1 },
        due: { count: 1, since: 100 },
      }),
    )
    expect(E.isRight(looked) && looked.right.clock).toBeGreaterThan(before)
  })

  it('tells the version of a database of any release, and changes nothing', async () => {
    expect(await look()).toMatchObject(E.right({ schema: { version: 0, known } }))
    await openDatabase(database.pool(), MIGRATIONS.slice(0, 1))
    expect(await look()).toMatchObject(E.right({ schema: { version: 1, known } }))
    expect(await look()).toMatchObject(E.right({ schema: { version: 1, known } }))
    await database
      .pool()
      .query(
        `update signalbox.store set version = ${known + 1}; drop table signalbox.effect cascade`,
      )
    expect(await look()).toMatchObject(E.right({ schema: { version: known + 1, known } }))
  })

  it('says what is in the way', async () => {
    const nowhere = at((url) => (url.port = '1'))
    expect(await inspectPostgres({ pool: nowhere, at: 0 })()).toMatchObject(
      E.left({ _tag: 'Unreachable' }),
    )
    await nowhere.end()
    await database.pool().query('create schema signalbox; create table signalbox.album (n int)')
    expect(await look()).toMatchObject(E.left({ _tag: 'ForeignSchema' }))
  })
})
