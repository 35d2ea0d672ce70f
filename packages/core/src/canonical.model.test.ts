import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import type { Canonical } from './canonical.ts'
import { canonicalOf, isCanonicalStep } from './canonical.ts'
import { defineLifecycle } from './lifecycle.ts'
import type { Lifecycle } from './lifecycle.ts'
import { gcoreService } from './providers/gcore/index.ts'
import { poppyCertificate, poppyService } from './providers/poppy/index.ts'
import { zosApi, zosApiRequester, zosService } from './providers/zosconnect/index.ts'
import { walk } from './testing.ts'

const lifecycles = [
  poppyService,
  poppyCertificate,
  gcoreService,
  zosService,
  zosApi,
  zosApiRequester,
]

const walked = new Map(lifecycles.map((lifecycle) => [lifecycle, walk(lifecycle)]))

describe.each(lifecycles.map((lifecycle) => [lifecycle.name, lifecycle] as const))(
  '%s',
  (_, lifecycle) => {
    it('makes no step that is none of the canonical ones', () => {
      expect(straysOf(lifecycle, lifecycle.canonical)).toEqual([])
    })

    it('maps each of its statuses', () => {
      expect(Object.keys(lifecycle.canonical).toSorted()).toEqual(lifecycle.statuses.toSorted())
    })
  },
)

it.each([
  ['poppy/service', { deployed: 'creating' }],
  ['poppy/service', { create_in_progress: 'updating' }],
  ['poppy/service', { update_in_progress: 'deleted' }],
  ['poppy/service', { delete_in_progress: 'creating' }],
  ['poppy/certificate', { failed: 'updating' }],
  ['gcore/service', { paused: 'deleted' }],
  ['gcore/service', { active: 'creating' }],
  ['gcore/service', { deleted: 'creating' }],
  ['zosconnect/service', { Started: 'creating' }],
  ['zosconnect/service', { Stopped: 'deleted' }],
] as const)('sees that %s is mapped wrongly by %j', (name, wrong) => {
  const lifecycle = lifecycles.find((one) => one.name === name)
  if (lifecycle === undefined) throw new Error(`there is no ${name}`)
  expect(straysOf(lifecycle, { ...lifecycle.canonical, ...wrong })).not.toEqual([])
})

it.each([{ new: 'suspended' }, { ...gcoreService.canonical, gone: 'deleted' }] as const)(
  'takes no definition that maps some of its statuses, or others: %j',
  (canonical) => {
    const { context: _, chart: machine, ...rest } = gcoreService
    const context = t.type({}) as never
    expect(() => defineLifecycle({ ...rest, context, machine, canonical })).toThrow(
      'must be both listed and mapped',
    )
  },
)

// -- internals

// Each creation, and each step of each attempt by the journal: one attempt may pass a deadline before it moves.
const straysOf = (
  lifecycle: Lifecycle,
  canonical: Readonly<Record<string, Canonical>>,
): ReadonlyArray<string> => {
  const { attempts, states } = walked.get(lifecycle) ?? walk(lifecycle)
  const of = (status: string, done = false): Canonical =>
    canonicalOf({ canonical }, { done, status })
  const steps = [
    ...states
      .filter(({ revision }) => revision === 1)
      .map(({ status }) => ({ from: undefined, to: of(status), words: `creation to ${status}` })),
    ...attempts.flatMap(({ outcome }) => {
      if (E.isLeft(outcome)) return []
      const { journal, after } = outcome.right
      return journal.flatMap(({ from, to }, index) =>
        from === null || to === null
          ? []
          : [
              {
                from: of(from),
                to: of(to, after.done && index === journal.length - 1),
                words: `${from} to ${to}`,
              },
            ],
      )
    }),
  ]
  return [
    ...new Set(steps.flatMap(({ from, to, words }) => (isCanonicalStep(from, to) ? [] : [words]))),
  ]
}
