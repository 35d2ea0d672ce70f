import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { refKey } from '@signalbox/core'
import type { Deadline, Effect, JournalEntry, State } from '@signalbox/core'
import type { Store } from '@signalbox/core/store'
import { createHost, virtualClock } from '@signalbox/host'
import type { Host, VirtualClock } from '@signalbox/host'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { anyRequest, diceFrom, KINDS } from './__fixtures__/any-requests.ts'
import type { AnyRequest, Dice, World } from './__fixtures__/any-requests.ts'
import { demoConfiguration } from './demo.ts'
import { must } from './house.ts'
import { openStore } from './open-store.ts'
import { PLUGINS } from './plugins.ts'

const T0 = Date.parse('2026-11-21T20:00:00Z')

// Of each kind: 5,000 in all.
const REQUESTS = 1_250

// Seconds, and many times that on a machine that has much else to do.
const LONG = 600_000

const UNREHEARSABLE = 501

let cwd = ''
let file = ''
let store: Store
let host: Host
let clock: VirtualClock
let watcher: DatabaseSync

// What a rehearsal has drawn is put back, so that the real request draws the same.
let ids = 0
let rolls = 0

// Where the journal has been read to.
let read: string | undefined

beforeEach(async () => {
  read = undefined
  cwd = mkdtempSync(join(tmpdir(), 'signalbox-'))
  file = join(cwd, 'box.db')
  store = must(await openStore({ kind: 'sqlite', path: file }))
  clock = virtualClock(T0)
  const demo = must(demoConfiguration({ environment: {}, options: {} }))
  host = await createHost({
    store,
    plugins: PLUGINS,
    settings: demo.settings,
    principals: demo.principals,
    clock,
    newId: () => `${String((ids += 1)).padStart(8, '0')}-0000-4000-8000-00000000abcd`,
    random: () => ((rolls += 1) * 0.618_034) % 1,
    log: () => {},
    pollMs: 1_000_000_000,
  })
  const started = host.start()
  await clock.advance(10_000)
  await started
  watcher = new DatabaseSync(file, { readOnly: true })
})

afterEach(async () => {
  watcher.close()
  const drained = host.drain(0)
  await clock.advance(0)
  await drained
  await store.close()()
  rmSync(cwd, { recursive: true })
})

describe('a rehearsed request', () => {
  it.each(Object.keys(KINDS) as ReadonlyArray<keyof typeof KINDS>)(
    'of %s says what the real one does, and stores nothing',
    async (kind) => {
      const dice = diceFrom(20_261_121)
      const seen = { accepted: 0, changed: 0, refused: 0, plain: 0, unrehearsable: 0 }
      for (let count = 0; count < REQUESTS; count += 1) {
        const request = anyRequest(kind, dice, await worldOf(dice))
        const what = `${count}: ${request.method} ${request.path} ${said(request)}`
        const dry = await rehearse(request, count)
        const before = await statesBy(dry.changes)
        const cursor = await lastCursor()
        if (dry.status === UNREHEARSABLE) {
          expect(JSON.parse(dry.body), what).toMatchObject({
            type: '/_signalbox/problems/unrehearsable',
          })
          expect(await lastCursor(), what).toBe(cursor)
          seen.unrehearsable += 1
          await send(request, { 'x-request-id': `r-${count}` })
          await host.idle()
          continue
        }
        const real = await send(request, { 'x-request-id': `r-${count}` })
        await host.idle()
        expect({ status: dry.status, body: dry.body, headers: dry.headers }, what).toEqual(real)
        if (real.status < 300) seen.accepted += 1
        if (dry.plain) seen.plain += 1
        else {
          expect(dry.changes, what).toEqual(
            await changesSince(cursor, before, `r-${count}`, kind === 'zosconnect'),
          )
          if (dry.changes.length > 0) seen.changed += 1
          else if (real.status >= 400) seen.refused += 1
        }
        if (dice.percent(30)) await clock.advance(dice.of([50, 1_000, 60_000]))
        if (dice.percent(3)) await clock.advance(90_000_000)
        await host.idle()
      }
      // They are worth something only when changes are made and refused, and few end before their route.
      expect(seen.accepted).toBeGreaterThan(REQUESTS / 8)
      expect(seen.changed).toBeGreaterThan(REQUESTS / 12)
      expect(seen.refused).toBeGreaterThan(REQUESTS / 5)
      expect(seen.plain).toBeLessThan(REQUESTS / 8)
      if (kind === 'control') expect(seen.unrehearsable).toBeGreaterThan(REQUESTS / 100)
      else expect(seen.unrehearsable).toBe(0)
    },
    LONG,
  )
})

// -- internals

interface Answer {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

interface Change {
  readonly provider: string
  readonly tenant: string
  readonly id: string
  readonly status: string
  readonly revision: number
  readonly done: boolean
  readonly effects: ReadonlyArray<Pick<Effect, 'type' | 'lane' | 'params'>>
  readonly deadlines: {
    readonly armed: ReadonlyArray<{ readonly name: string; readonly dueAt: string }>
    readonly cancelled: ReadonlyArray<string>
  }
}

interface Rehearsed extends Answer {
  readonly changes: ReadonlyArray<Change>
  /** True when it was answered as ever, since it never came to a route. */
  readonly plain: boolean
}

const said = ({ body }: AnyRequest): string => (typeof body === 'string' ? body : '')

const send = async (
  { method, path, headers, body }: AnyRequest,
  more: Readonly<Record<string, string>>,
): Promise<Answer> => {
  const response = await host.fetch(
    new Request(`http://host.test${path}`, {
      method,
      headers: { ...headers, ...more },
      ...(body !== undefined && { body: body as string | Uint8Array<ArrayBuffer> }),
    }),
  )
  return {
    status: response.status,
    body: await response.text(),
    headers: Object.fromEntries(response.headers),
  }
}

const rehearse = async (request: AnyRequest, count: number): Promise<Rehearsed> => {
  const drawn = { ids, rolls }
  const version = watcher.prepare('pragma data_version').get()
  const thorough = count % 10 === 0
  const bytes = thorough ? digestOfFiles() : ''
  const answer = await send(request, {
    'x-request-id': `r-${count}`,
    prefer: 'handling=dry-run',
  })
  await host.idle()
  expect(watcher.prepare('pragma data_version').get()).toEqual(version)
  if (thorough) expect(digestOfFiles()).toBe(bytes)
  ids = drawn.ids
  rolls = drawn.rolls
  if (answer.headers['preference-applied'] !== 'handling=dry-run')
    return { ...answer, changes: [], plain: true }
  const { response, changes } = JSON.parse(answer.body)
  const { status, headers, body, text } = response
  return {
    status,
    body: text ?? (body === undefined ? '' : JSON.stringify(body)),
    headers: Object.fromEntries(new Headers(headers)),
    changes: (changes as ReadonlyArray<Change>).map(comparable).toSorted(byRef),
    plain: false,
  }
}

// A status tells its canonical one, which other tests see to.
const comparable = (change: Change): Change => {
  const { provider, tenant, id, status, revision, done, effects, deadlines } = change
  return { provider, tenant, id, status, revision, done, effects, deadlines }
}

// Services that are changed side by side are changed in any order.
const byRef = (a: Change, b: Change): number => (refKey(a) < refKey(b) ? -1 : 1)

// Everything that is on the disk, whoever would read it.
const digestOfFiles = (): string => {
  const hash = createHash('sha256')
  for (const path of [file, `${file}-wal`]) if (existsSync(path)) hash.update(readFileSync(path))
  return hash.digest('hex')
}

const worldOf = async (dice: Dice): Promise<World> => {
  const services: Array<State> = []
  for (const provider of ['poppy', 'gcore', 'zosconnect'])
    services.push(...must(await store.list({ provider, limit: 500 })()).items)
  const after = dice.percent(50) ? {} : { open: true }
  const effects = must(await store.effects({ ...after, limit: 50 })()).items
  return {
    services,
    effects: effects.map(({ effect }) => effect.id),
    tokens: await idsOf('token'),
    subscriptions: await idsOf('subscription'),
  }
}

const idsOf = async (kind: string): Promise<ReadonlyArray<string>> =>
  must(await store.documents({ provider: 'signalbox', kind, limit: 20 })()).items.map(
    ({ id }) => id,
  )

const statesBy = async (
  changes: ReadonlyArray<Change>,
): Promise<ReadonlyMap<string, State | undefined>> => {
  const states = new Map<string, State | undefined>()
  for (const ref of changes) states.set(refKey(ref), must(await store.load(ref)()))
  return states
}

const linesSince = async (after: string | undefined): Promise<ReadonlyArray<JournalEntry>> => {
  const lines: Array<JournalEntry> = []
  for (let from = after; ;) {
    const page = must(
      await store.journal({ limit: 500, ...(from !== undefined && { after: from }) })(),
    )
    lines.push(...page.entries)
    from = page.cursor
    if (!page.more) {
      read = from
      return lines
    }
  }
}

const lastCursor = async (): Promise<string | undefined> => {
  await linesSince(read)
  return read
}

// What the journal and the store say of a request, up to its reply.
const changesSince = async (
  after: string | undefined,
  before: ReadonlyMap<string, State | undefined>,
  request: string,
  waits: boolean,
): Promise<ReadonlyArray<Change>> => {
  const asked = new Set<string>()
  const services = new Map<string, Array<JournalEntry>>()
  for (const line of await linesSince(after)) {
    const { ref, kind, outcome, effect = '', effects = [] } = line
    const own =
      kind === 'command'
        ? line.request === request && line.revision > 0
        : kind === 'report' && waits && asked.has(effect) && !isBehind(line)
    if (!own || outcome !== 'moved') continue
    for (const id of effects) asked.add(id)
    services.set(refKey(ref), [...(services.get(refKey(ref)) ?? []), line])
  }
  const changes: Array<Change> = []
  for (const [key, lines] of services) {
    const last = lines.at(-1)
    const state = last && must(await store.load(last.ref)())
    if (state === undefined) throw new Error(`${key} is not stored`)
    const known = before.get(key)?.deadlines ?? []
    const effects: Array<Change['effects'][number]> = []
    for (const id of lines.flatMap((line) => line.effects ?? [])) {
      const stored = must(await store.effect(id)())
      if (stored === undefined) throw new Error(`${id} is not stored`)
      const { type, lane, params } = stored.effect
      effects.push({ type, lane, params })
    }
    changes.push({
      ...state.ref,
      status: last?.to ?? '',
      revision: last?.revision ?? 0,
      done: state.done,
      effects,
      deadlines: {
        armed: lacking(state.deadlines, known).map(({ name, dueAt }) => ({
          name,
          dueAt: new Date(dueAt).toISOString(),
        })),
        cancelled: lacking(known, state.deadlines).map(({ name }) => name),
      },
    })
  }
  return changes.toSorted(byRef)
}

// A reply may wait for reports, but not for what goes on behind it.
const isBehind = ({ type }: JournalEntry): boolean => type === 'service.drained'

const lacking = (
  deadlines: ReadonlyArray<Deadline>,
  others: ReadonlyArray<Deadline>,
): ReadonlyArray<Deadline> =>
  deadlines.filter(
    ({ name, dueAt, generation }) =>
      !others.some(
        (other) => other.name === name && other.dueAt === dueAt && other.generation === generation,
      ),
  )
