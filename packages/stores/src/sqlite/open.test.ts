import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { JournalPage } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  answer,
  commitOf,
  effectOf,
  entryOf,
  everyPage,
  leaseAt,
  refOf,
  stand,
  stateOf,
  writing,
} from '../contract/given.ts'
import type { OpenFailure } from './failure.ts'
import type { SqliteDatabase } from './index.ts'
import { inspectSqlite, migrateSqlite, sqliteStore } from './index.ts'
import { openDatabase } from './open.ts'
import { MIGRATIONS } from './schema.ts'

let folder = ''
let file = ''
const handles: Array<DatabaseSync> = []
const children: Array<ChildProcess> = []

const handle = (options = {}): DatabaseSync => {
  const database = new DatabaseSync(file, options)
  handles.push(database)
  return database
}

const failureOf = (database: SqliteDatabase): OpenFailure => {
  const store = sqliteStore({ database })
  if (E.isRight(store)) throw new Error('the store opened')
  return store.left
}

const opened = (database: SqliteDatabase) => {
  const store = sqliteStore({ database })
  if (E.isLeft(store)) throw new Error(store.left.message)
  return store.right
}

// Another process that runs a script with `file` in its hands and lives until it is killed.
const inAnotherProcess = async (script: string): Promise<() => Promise<void>> => {
  const child = spawn(
    process.execPath,
    [
      '--conditions=source',
      '--input-type=module',
      '-e',
      `import { DatabaseSync } from 'node:sqlite'
      const { sqliteStore } = await import(${JSON.stringify(import.meta.resolve('./index.ts'))})
      const file = ${JSON.stringify(file)}
      ${script}
      console.log('ready')
      setInterval(() => {}, 1000)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  children.push(child)
  const first = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  if (child.exitCode !== null) throw new Error(`the other process ended at once: ${String(first)}`)
  return async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-'))
  file = join(folder, 'store.db')
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const database of handles.splice(0)) if (database.isOpen) database.close()
  await rm(folder, { recursive: true })
})

describe('opening a file', () => {
  it('makes a new one durable at each commit, and marks it as its own', () => {
    const database = handle()
    opened(database)
    const pragma = (name: string): unknown => database.prepare(`pragma ${name}`).get()
    expect(pragma('main.journal_mode')).toEqual({ journal_mode: 'wal' })
    expect(pragma('main.synchronous')).toEqual({ synchronous: 2 })
    expect(pragma('application_id')).toEqual({ application_id: 0x53676278 })
    expect(pragma('user_version')).toEqual({ user_version: MIGRATIONS.length })
  })

  it('serves from memory as well', async () => {
    file = ':memory:'
    const store = opened(handle())
    await stand(store, writing([stateOf(refOf('a'))]))
    expect(await answer(store.load(refOf('a')))).toBeDefined()
  })

  it('refuses a file that another process has open as its store, and serves it once that is killed', async () => {
    const kill = await inAnotherProcess(
      `if (sqliteStore({ database: new DatabaseSync(file) })._tag === 'Left') process.exit(1)`,
    )
    const failure = failureOf(handle())
    expect(failure._tag).toBe('StoreLocked')
    expect(failure.message).toContain(file)
    expect(failure.message).toContain('another process')
    await kill()
    expect(E.isRight(sqliteStore({ database: handle() }))).toBe(true)
  })

  it('refuses a second handle of its own process, and serves it once the first is closed', async () => {
    const store = opened(handle())
    expect(failureOf(handle())._tag).toBe('StoreLocked')
    await answer(store.close())
    expect(E.isRight(sqliteStore({ database: handle() }))).toBe(true)
  })

  it('refuses a file that another process is writing by other means', async () => {
    await answer(opened(handle()).close())
    const kill = await inAnotherProcess(
      `const database = new DatabaseSync(file)
      database.exec('pragma journal_mode = delete; begin exclusive')`,
    )
    expect(failureOf(handle())._tag).toBe('StoreLocked')
    await kill()
  })

  it('leaves a file that it serves open to readers of other processes', async () => {
    const store = opened(handle())
    await stand(store, writing([stateOf(refOf('a'))]))
    const reader = handle({ readOnly: true })
    const count = reader.prepare('select count(*) as count from state')
    expect(count.get()).toEqual({ count: 1 })
    await stand(store, writing([stateOf(refOf('b'))]))
    expect(count.get()).toEqual({ count: 2 })
    const kill = await inAnotherProcess(
      `const { count } = new DatabaseSync(file, { readOnly: true })
        .prepare('select count(*) as count from state').get()
      if (count !== 2) process.exit(1)`,
    )
    await kill()
  })

  it('refuses a handle that cannot write', async () => {
    await answer(opened(handle()).close())
    const failure = failureOf(handle({ readOnly: true }))
    expect(failure._tag).toBe('ReadOnly')
    expect(failure.message).toContain(file)
    expect(failure.message).toContain('read-only')
    await rm(`${file}-owner`)
    expect(failureOf(handle({ readOnly: true }))._tag).toBe('ReadOnly')
  })

  it('refuses a file that is not a database, and leaves it as it was', async () => {
    await writeFile(file, 'Dear diary, '.repeat(1000))
    const failure = failureOf(handle())
    expect(failure._tag).toBe('ForeignFile')
    expect(failure.message).toContain('not a database')
    expect(existsSync(`${file}-owner`)).toBe(false)
  })

  it('refuses the database of another application, with its mark or without, and leaves it as it was', () => {
    const other = handle()
    other.exec('create table album (title text)')
    const unmarked = failureOf(handle())
    expect(unmarked._tag).toBe('ForeignFile')
    other.exec('pragma application_id = 7')
    const marked = failureOf(handle())
    expect(marked._tag).toBe('ForeignFile')
    expect(marked.message).toContain('another application')
    expect(other.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'delete' })
    expect(existsSync(`${file}-owner`)).toBe(false)
  })

  it('refuses a file of a later release and names both versions', async () => {
    const store = opened(handle())
    await answer(store.close())
    handle().exec(`pragma user_version = ${MIGRATIONS.length + 4}`)
    expect(failureOf(handle())).toMatchObject({
      _tag: 'NewerSchema',
      known: MIGRATIONS.length,
      actual: MIGRATIONS.length + 4,
    })
  })

  it('says what the driver says when it knows no better', () => {
    const broken: SqliteDatabase = {
      exec: () => {
        throw new Error('the driver is gone')
      },
      prepare: () => {
        throw new Error('the driver is gone')
      },
      close: () => undefined,
    }
    expect(failureOf(broken)).toMatchObject({ _tag: 'OpenFailed' })
    expect(failureOf(broken).message).toContain('the driver is gone')
  })

  it('leaves the handle open when it fails', () => {
    const first = handle()
    opened(first)
    const second = handle()
    failureOf(second)
    expect(second.prepare('select 1 as one').get()).toEqual({ one: 1 })
  })
})

describe('bringing a schema forward', () => {
  const steps = [
    'create table first (n integer) strict',
    `alter table first add column m integer not null default 7;
     insert into first (n) values (1)`,
    'create table third (n integer) strict',
  ]
  const migrated = (database: DatabaseSync, count: number): OpenFailure | undefined => {
    const connection = openDatabase(database, steps.slice(0, count))
    return E.isLeft(connection) ? connection.left : undefined
  }

  it('takes every step from the version of the file on, once', () => {
    for (const version of [1, 1, 3, 3]) {
      const database = handle()
      expect(migrated(database, version)).toBeUndefined()
      expect(database.prepare('pragma user_version').get()).toEqual({ user_version: version })
      database.close()
    }
    const rows = handle().prepare('select n, m from first').all()
    expect(rows).toEqual([{ n: 1, m: 7 }])
  })

  it('does not go back', () => {
    const database = handle()
    migrated(database, 3)
    database.close()
    expect(migrated(handle(), 2)?._tag).toBe('NewerSchema')
  })

  it('takes all steps or none, and lets go of the file when one fails', () => {
    const broken = [steps[0] ?? '', steps[1] ?? '', 'create table nonsense (']
    const failed = openDatabase(handle(), broken)
    expect(failed).toMatchObject({ _tag: 'Left', left: { _tag: 'OpenFailed' } })
    const database = handle()
    expect(database.prepare('select count(*) as count from sqlite_schema').get()).toEqual({
      count: 0,
    })
    expect(database.prepare('pragma user_version').get()).toEqual({ user_version: 0 })
    expect(migrated(database, 3)).toBeUndefined()
  })

  it('never changes a step that files have taken', () => {
    const taken = [
      'c1a80fd97c2ddb1b0fa77ad0203ba1e1adb522086181673628a79530ef8089a7',
      '3e9df2a60a412c914e579c406231208e85b7d72a8c77a1f5cdb974095834b050',
      '7901470ac81746563c3575017edc44ab3472df464bc4996cdfa71d212eea2319',
    ]
    expect(
      MIGRATIONS.slice(0, taken.length).map((step) =>
        createHash('sha256').update(step).digest('hex'),
      ),
    ).toEqual(taken)
  })

  // What the release before lines wrote: rows by its own statements, of services with and without a state.
  const written = (database: DatabaseSync, version: number): void => {
    const old = openDatabase(database, MIGRATIONS.slice(0, version))
    if (E.isLeft(old)) throw new Error(old.left.message)
    const { run } = old.right.connection
    const refs = [refOf('a'), refOf('b'), refOf('a', 'umbrella'), refOf('a', 'acme', 'rival')]
    for (const state of refs.map((ref) => stateOf(ref))) {
      const { provider, tenant, id } = state.ref
      run(
        `insert into state (provider, tenant, id, lifecycle, status, done, labels, revision, body)
         values (?, ?, ?, 'demo/service', 'ON', 0, '{}', 1, ?)`,
        provider,
        tenant,
        id,
        JSON.stringify(state),
      )
    }
    for (let turn = 0; turn < 100; turn += 1)
      for (const [n, ref] of [...refs, refOf('stray')].entries()) {
        const { provider, tenant, id } = ref
        const name = `${turn}.${n}`
        run(
          'insert into journal (provider, tenant, id, body) values (?, ?, ?, ?)',
          provider,
          tenant,
          id,
          JSON.stringify(entryOf(name, ref)),
        )
        run(
          `insert into effect (
             id, provider, tenant, service, lane, generation, work, open, attempts, not_before, settled_at,
             body
           ) values (?, ?, ?, ?, 'main', 1, 'done', 0, 0, 100, 150, ?)`,
          name,
          provider,
          tenant,
          id,
          JSON.stringify(effectOf(name, ref)),
        )
      }
    for (const [id, work, wakeAt, owner] of [
      ['leased', 'leased', 10_100, 'one'],
      ['behind', 'pending', null, null],
    ] as const)
      run(
        `insert into effect (
           id, provider, tenant, service, lane, generation, work, open, attempts, not_before, wake_at,
           owner, body
         ) values (?, 'demo', 'acme', 'a', 'main', 1, ?, 1, 0, 100, ?, ?, ?)`,
        id,
        work,
        wakeAt,
        owner,
        JSON.stringify(effectOf(id, refOf('a'))),
      )
    run(
      `insert into deadline (provider, tenant, id, name, due_at, generation, wake_at)
       values ('demo', 'acme', 'a', 'expires', 500, 1, 500)`,
    )
    database.close()
  }

  it('brings what a file of the first version holds along, and works on with it', async () => {
    const ref = refOf('a')
    written(handle(), 1)
    const again = handle()
    expect(migrateSqlite({ database: again })).toEqual(E.right({ from: 1, to: MIGRATIONS.length }))
    again.close()
    const store = opened(handle())
    expect(await answer(store.load(ref))).toEqual(stateOf(ref))
    expect((await answer(store.journal({ limit: 1 }))).entries).toMatchObject([{ id: '0.0' }])
    expect(await answer(store.diagnose(500))).toMatchObject({
      schema: { version: MIGRATIONS.length, known: MIGRATIONS.length },
      effects: { pending: 1, leased: 1, parked: 0 },
      overdue: { count: 1, since: 500 },
    })
    await stand(store, commitOf({ parks: [{ effect: 'leased', at: 600, error: 'gave up' }] }))
    expect(await answer(store.leaseEffects(leaseAt(1e6)))).toEqual([])
    const parked = await answer(store.effects({ work: 'parked', limit: 9 }))
    expect(parked.items).toMatchObject([{ effect: { id: 'leased' }, error: 'gave up' }])
    await stand(store, commitOf({ retries: [{ effect: 'leased', at: 700 }] }))
    expect(await answer(store.leaseEffects(leaseAt(700)))).toMatchObject([
      { effect: { id: 'leased' } },
    ])
  })

  it('finds what happened before a file was brought forward, and what happens after that, as one', async () => {
    written(handle(), 2)
    const store = opened(handle())
    const after = Array.from({ length: 40 }, (_, turn) => turn + 100)
    const refs = [refOf('a'), refOf('b'), refOf('a', 'umbrella'), refOf('a', 'acme', 'rival')]
    for (const turn of after)
      for (const [n, ref] of [...refs, refOf('stray')].entries())
        await stand(
          store,
          commitOf({
            journal: [entryOf(`${turn}.${n}`, ref)],
            effects: [effectOf(`${turn}.${n}`, ref)],
            settles: [{ effect: `${turn}.${n}`, outcome: 'done', at: 150 }],
          }),
        )
    const whose = [
      { where: { ref: refOf('a') }, of: [0] },
      { where: { ref: refOf('stray') }, of: [4] },
      { where: { provider: 'demo' }, of: [0, 1, 2, 4] },
      { where: { provider: 'rival' }, of: [3] },
      { where: { tenant: 'acme' }, of: [0, 1, 3, 4] },
      { where: { provider: 'demo', tenant: 'acme' }, of: [0, 1, 4] },
      { where: { tenant: 'nobody' }, of: [] },
    ]
    for (const { where, of } of whose) {
      const expected = Array.from({ length: 140 }, (_, turn) =>
        of.map((n) => `${turn}.${n}`),
      ).flat()
      const entries = await everyPage((from) => async () => {
        const read = store.journal({
          ...where,
          limit: 45,
          ...(from !== undefined && { after: from }),
        })
        return E.map(({ entries: items, cursor, more }: JournalPage) => ({
          items,
          next: more ? cursor : undefined,
        }))(await read())
      })
      expect(entries.flat().map(({ id }) => id)).toEqual(expected)
      const effects = await everyPage((from) =>
        store.effects({
          ...where,
          work: 'done',
          limit: 45,
          ...(from !== undefined && { after: from }),
        }),
      )
      expect(effects.flat().map(({ effect }) => effect.id)).toEqual(expected)
    }
  })

  it('says that there was nothing to bring forward', () => {
    for (const from of [0, MIGRATIONS.length]) {
      const database = handle()
      expect(migrateSqlite({ database })).toEqual(E.right({ from, to: MIGRATIONS.length }))
      database.close()
    }
  })

  it('keeps what a file holds when it is opened by the same release again', async () => {
    const store = opened(handle())
    await stand(store, writing([stateOf(refOf('a'))]))
    await answer(store.close())
    expect(await answer(opened(handle()).load(refOf('a')))).toEqual(stateOf(refOf('a')))
  })
})

describe('looking at a file', () => {
  const look = (at = 1000) => inspectSqlite({ database: handle({ readOnly: true }), at })

  it('tells what waits in a file that nobody owns, and leaves it free', async () => {
    const store = opened(handle())
    await stand(store, commitOf({ effects: [effectOf('e', refOf('a'))] }))
    await answer(store.close())
    expect(look()).toMatchObject(
      E.right({ owned: false, diagnosis: { effects: { pending: 1 }, due: { since: 100 } } }),
    )
    await answer(opened(handle()).close())
  })

  it('tells what waits in a file that another process owns', async () => {
    const kill = await inAnotherProcess(
      `const { effectOf, commitOf, refOf } =
        await import(${JSON.stringify(import.meta.resolve('../contract/given.ts'))})
      const opened = sqliteStore({ database: new DatabaseSync(file) })
      if (opened._tag === 'Left') process.exit(1)
      await opened.right.commit([commitOf({ effects: [effectOf('e', refOf('a'))] })])()`,
    )
    const owned = E.right({ owned: true, diagnosis: { effects: { pending: 1 } } })
    expect(look()).toMatchObject(owned)
    expect(look()).toMatchObject(owned)
    await kill()
    expect(look()).toMatchObject(E.right({ owned: false }))
  })

  it('tells the version of a file of any release, and counts what it can read', () => {
    const first = handle()
    openDatabase(first, MIGRATIONS.slice(0, 1))
    first.close()
    const known = MIGRATIONS.length
    expect(look()).toMatchObject(E.right({ diagnosis: { schema: { version: 1, known } } }))
    handle().exec(`pragma user_version = ${known + 1}; drop table effect`)
    expect(look()).toMatchObject(E.right({ diagnosis: { schema: { version: known + 1, known } } }))
  })

  it('tells of an empty file that it holds nothing yet, and makes nothing in it', async () => {
    await writeFile(file, '')
    expect(look()).toMatchObject(E.right({ diagnosis: { schema: { version: 0 } } }))
    expect(existsSync(`${file}-owner`)).toBe(false)
  })

  it('refuses the file of another application', () => {
    handle().exec('create table album (title text)')
    expect(look()).toMatchObject(E.left({ _tag: 'ForeignFile' }))
  })
})
