import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Effect, JournalEntry, ServiceRef, State } from '@signalbox/core'
import { emptyCommit } from '@signalbox/core/store'
import type { Commit, Store, StoreFailure } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, expect, inject, it } from 'vitest'
import { makeDatabase } from '../database.ts'
import type { Database } from '../database.ts'
import { Location } from '../location.ts'
import { openStore } from '../open-store.ts'
import { runCommand } from '../server-process.ts'

let cwd = ''
let database: Database

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  database = await makeDatabase(inject('postgres'))
})

afterEach(async () => {
  await database.drop()
  rmSync(cwd, { recursive: true })
})

const must = <A>(answered: E.Either<unknown, A>): A => {
  if (E.isLeft(answered)) throw new Error(JSON.stringify(answered.left))
  return answered.right
}

const open = async (store: string): Promise<Store> =>
  must(await openStore(must(Location.decode(store))))

const ask = async <A>(task: () => Promise<E.Either<StoreFailure, A>>): Promise<A> =>
  must(await task())

const refOf = (id: string): ServiceRef => ({ provider: 'poppy', tenant: 't', id })

const DEADLINE = { name: 'due', dueAt: 50, armedAt: 1, generation: 2 }

const stateOf = (id: string): State => ({
  ref: refOf(id),
  lifecycle: 'poppy/service',
  version: 1,
  value: 'somewhere',
  status: 'deployed',
  context: { text: 'ä ☂' },
  deadlines: id === 'ended' ? [] : [DEADLINE],
  labels: { colour: 'red' },
  done: id === 'ended',
  revision: 3,
  generation: 2,
  createdAt: 1,
  changedAt: 2,
})

const effectOf = (id: string, generation = 2): Effect => ({
  id,
  ref: refOf('a'),
  lifecycle: 'poppy/service',
  type: 'provision',
  params: {},
  generation,
  lane: id,
  at: 5,
})

const entryOf = (id: string): JournalEntry => ({
  id,
  ref: refOf('a'),
  at: 6,
  kind: 'command',
  type: 'service.update',
  outcome: 'moved',
  from: null,
  to: 'deployed',
  revision: 1,
  generation: 1,
})

const works = ['open', 'stuck', 'done', 'broken', 'lost', 'old']

// Of everything that a store can hold, something.
const fill = async (store: Store): Promise<void> => {
  const commits: ReadonlyArray<Partial<Commit>> = [
    { effects: works.map((id) => effectOf(id, id === 'old' ? 1 : 2)) },
    {
      states: ['a', 'ended'].map((id) => ({ state: stateOf(id), expected: 0 })),
      armed: [{ ref: refOf('a'), deadline: DEADLINE }],
    },
    { parks: [{ effect: 'stuck', at: 7, error: 'no way' }] },
    {
      settles: [
        { effect: 'done', outcome: 'done', at: 8 },
        { effect: 'broken', outcome: 'failed', at: 8, message: 'it broke' },
        { effect: 'lost', outcome: 'unknown', at: 8, message: 'who knows' },
      ],
    },
    { takes: [{ key: 'name', holder: 'poppy/t/a' }], quotas: [{ key: 'all', by: 2 }] },
    { documents: [{ provider: 'gcore', kind: 'client', id: '1', tenant: 't', body: { x: 1 } }] },
    { journal: Array.from({ length: 250 }, (_, at) => entryOf(`entry-${at}`)) },
    ...['one', 'two'].map((key) => ({
      receipt: { key, fingerprint: 'f', reply: { ok: true }, expiresAt: 99 },
    })),
  ]
  const answers = await ask(store.commit(commits.map((commit) => ({ ...emptyCommit, ...commit }))))
  for (const answer of answers) must(answer)
  await ask(store.allocate({ sequence: 'numbers', count: 41, floor: 1 }))
}

const contentOf = async (store: Store): Promise<unknown> => ({
  states: await ask(store.list({ provider: 'poppy', done: 'include', limit: 9 })),
  labelled: await ask(
    store.list({ provider: 'poppy', label: { name: 'colour', value: 'red' }, limit: 9 }),
  ),
  works: (await ask(store.effects({ limit: 9 }))).items.map(({ effect, work, error }) => [
    effect,
    work,
    error,
  ]),
  journal: (await ask(store.journal({ limit: 999 }))).entries.map(({ id }) => id),
  claim: await ask(store.claim('name')),
  quota: await ask(store.quota('all')),
  receipts: [await ask(store.receipt('one')), await ask(store.receipt('two'))],
  document: await ask(store.document({ provider: 'gcore', kind: 'client', id: '1' })),
  mark: await ask(store.document({ provider: 'signalbox', kind: 'import', id: 'import' })),
  overdue: await ask(store.overdue({ provider: 'poppy', at: 50, limit: 9 })),
  next: await ask(store.allocate({ sequence: 'numbers', count: 1, floor: 1 })),
})

it.each(['sqlite', 'postgres'])(
  'brings everything from a file into another store: %s',
  async (kind) => {
    const from = `sqlite:${join(cwd, 'from.db')}`
    const to = kind === 'sqlite' ? `sqlite:${join(cwd, 'to.db')}` : database.url
    const old = await open(from)
    await fill(old)
    const exported = await runCommand(['export', '--store', from], { cwd })
    expect(exported.code).toBe(0)
    const content = await contentOf(old)
    await ask(old.close())
    const imported = await runCommand(['import', '-', '--store', to], {
      cwd,
      input: exported.stdout,
    })
    expect(imported).toMatchObject({ code: 0, stdout: '' })
    const store = await open(to)
    expect(await contentOf(store)).toEqual(content)
    await ask(store.close())
  },
)
