import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { decide, refKey } from '@signalbox/core'
import type { State } from '@signalbox/core'
import { poppyService } from '@signalbox/core/poppy'
import { commitOf, emptyCommit } from '@signalbox/core/store'
import type { Commit, Store } from '@signalbox/core/store'
import { given } from '@signalbox/core/testing'
import { sqliteStore } from '@signalbox/stores/sqlite'
import * as E from 'fp-ts/lib/Either.js'
import type { Figure, Measure, Numbers } from './figure.ts'
import { slowed } from './slow.ts'
import { rowOf } from './statistics.ts'
import { inTemporaryFolder } from './temporary.ts'

/** Measures the store alone: real status changes of real services, committed in batches of several sizes. */
export const measureBatch: Measure = async ({
  seconds,
  rounds,
  syncMs,
  progress,
}): Promise<Figure> => {
  const slice = (seconds * 1000) / SLICES
  const measured = await inTemporaryFolder(async (folder) => {
    const store = expect(
      sqliteStore({ database: slowed(new DatabaseSync(join(folder, 'batch.db')), syncMs) }),
    )
    const services = serviceStates()
    await begin(store, services)
    for (const size of SIZES) await rate(store, services, { size, ms: slice })
    const all: Array<ReadonlyArray<number>> = []
    for (let round = 1; round <= rounds * TIMES; round += 1) {
      progress(`batch: round ${round} of ${rounds * TIMES}`)
      const rates: Array<number> = []
      for (const size of SIZES) rates.push(await rate(store, services, { size, ms: slice }))
      all.push(rates)
    }
    expect(await store.close()())
    return all
  })
  return {
    name: 'batch',
    title: 'Commits to SQLite, synchronous = full, relative to one in a batch',
    columns: ['commits/s', 'ratio'],
    rows: SIZES.map((size, index) =>
      rowOf(
        `${size} in a batch`,
        measured.map((rates): Numbers => {
          const own = rates[index] ?? Number.NaN
          return { 'commits/s': own, ratio: own / (rates[0] ?? Number.NaN) }
        }),
      ),
    ),
  }
}

// -- internals

const SIZES = [1, 16, 64, 256] as const
const SERVICES = 1024
const SLICES = 40
const TIMES = 3

const serviceStates = (): Array<State> =>
  Array.from({ length: SERVICES }, (_, index) => {
    const [creation] = poppyService.commands[poppyService.creation]?.examples ?? []
    const [served] = poppyService.reports['service.provisioned']?.examples ?? []
    if (creation === undefined || served === undefined) throw new Error('an example is missing')
    const ref = { provider: 'poppy', tenant: '110011', id: `service-${index}` }
    const { state } = given(poppyService, creation, { ref }).when(served)
    return { ...state, revision: 1 }
  })

const begin = async (store: Store, states: ReadonlyArray<State>): Promise<void> => {
  const commits = states.map((state) => ({ ...emptyCommit, states: [{ state, expected: 0 }] }))
  for (const answer of expect(await store.commit(commits)())) expect(answer)
}

// Only the store's own time counts, not that of the decisions.
const rate = async (
  store: Store,
  services: Array<State>,
  { size, ms }: { readonly size: number; readonly ms: number },
): Promise<number> => {
  let spent = 0
  let commits = 0
  for (let from = 0; spent < ms; from = (from + size) % SERVICES) {
    const batch = Array.from({ length: size }, (_, index) => change(services, from + index))
    const begun = performance.now()
    const answers = await store.commit(batch)()
    spent += performance.now() - begun
    for (const answer of expect(answers)) expect(answer)
    commits += size
  }
  return (commits * 1000) / spent
}

const change = (services: Array<State>, index: number): Commit => {
  const state = services[index]
  if (state === undefined) throw new Error('no such service')
  const decision = expect(
    decide(poppyService, state, {
      _tag: 'Command',
      ref: state.ref,
      id: `${state.ref.id}.${state.revision}`,
      at: state.changedAt + 1,
      actor: { id: 'operator', roles: ['operator'] },
      event: {
        type: 'service.setStatus',
        status: state.status === 'deployed' ? 'failed' : 'deployed',
        flavorExists: true,
      },
    }),
  )
  services[index] = decision.after
  return commitOf(decision, refKey(state.ref))
}

const expect = <A>(result: E.Either<unknown, A>): A => {
  if (E.isLeft(result)) throw new Error(JSON.stringify(result.left))
  return result.right
}
