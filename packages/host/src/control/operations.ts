import { canonicalOf, decide, described, plan, struct } from '@signalbox/core'
import type { Canonical, Lifecycle, State } from '@signalbox/core'
import type { PendingEffect } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { ask } from '../ask.ts'
import type { Failure } from '../failure.ts'
import type { Made } from '../loop.ts'
import { seesTenant } from '../principal.ts'
import type { Principal } from '../principal.ts'
import { json } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Route } from '../route.ts'
import { Name } from './fields.ts'
import { failureReply, nothingHere } from './problems.ts'
import { seesProvider } from './role.ts'
import { control, MOUNT } from './route.ts'
import { serviceHref } from './services.ts'
import { presentState } from './site.ts'
import type { Site } from './site.ts'

/** The name of the work that a change asks of drivers, or undefined when it asks for none. It is spelled of its effects' ids. */
export const operationOf = ({ work, decision }: Made): string | undefined => {
  if (work.length === 0) return undefined
  const causes = (decision?.effects ?? work).map(({ id }) => id.slice(0, id.lastIndexOf('.')))
  return [...new Set(causes)].join('+')
}

/** The URL of an operation. */
export const operationHref = (operation: string): string =>
  `${MOUNT}/operations/${encodeURIComponent(operation)}`

/** The route that tells how the work of a change goes. */
export const operationRoutes = (site: Site): ReadonlyArray<Route> => [
  control('viewer', {
    method: 'GET',
    path: '/operations/:operation',
    name: 'showOperation',
    summary: 'Shows the work that a change has asked for; `wait` waits for its end',
    params: t.strict({ operation: Name }),
    query: struct({}, { wait: Wait }),
    responses: { 200: OperationView },
    handle: async ({ principal, params: { operation }, query: { wait = 0 } }) => {
      const until = site.clock.now() + wait * 1_000
      for (;;) {
        const work = await workOf(site, operation)
        if (E.isLeft(work)) return failureReply(work.left)
        const shown = viewOf(operation, work.right, principal)
        if (E.isLeft(shown)) return shown.left
        const left = until - site.clock.now()
        if (shown.right.state !== 'running' || left <= 0 || site.draining.aborted)
          return replyOf(site, shown.right, work.right)
        await pause(site, Math.min(left, LOOK_AGAIN_MS))
      }
    },
  }),
]

// -- internals

// How long a wait sleeps between two looks at the store.
const LOOK_AGAIN_MS = 250

// What a parked part waits for is an operator.
const LONGEST_PATIENCE_S = 60

const LONGEST_S = 60

const Wait = described(
  new t.Type<number, string, unknown>(
    `a whole number of seconds from 0 to ${LONGEST_S}`,
    (value): value is number => Number.isInteger(value),
    (value, context) =>
      typeof value === 'string' && /^\d{1,2}$/.test(value) && Number(value) <= LONGEST_S
        ? t.success(Number(value))
        : t.failure(value, context),
    String,
  ),
  { type: 'integer', minimum: 0, maximum: LONGEST_S, default: 0 },
)

const summary = {
  id: t.string,
  service: t.string,
  state: t.keyof({ running: null, succeeded: null, failed: null }),
  parts: t.readonlyArray(
    t.strict({
      effect: t.string,
      type: t.string,
      state: t.string,
      attempts: t.number,
      lastError: t.union([t.string, t.null]),
      href: t.string,
    }),
  ),
}

const OperationSummary = t.strict(summary)
type OperationSummary = t.TypeOf<typeof OperationSummary>

// `usable`: the service is there and works, or would if it were not suspended. `repeatable`: the same work may be asked for
// again, by a command that the present state takes or, where a part is parked, by its retry.
const OperationView = t.strict(
  { ...summary, usable: t.boolean, repeatable: t.boolean },
  'Operation',
)
type OperationView = t.TypeOf<typeof OperationView>

const replyOf = async (
  site: Site,
  shown: OperationSummary,
  work: ReadonlyArray<PendingEffect>,
): Promise<Reply> => {
  const ref = work[0]?.effect.ref
  const lifecycles = site.providers().find(({ name }) => name === ref?.provider)
    ?.mounted?.lifecycles
  const present = ref && lifecycles ? await presentState(site, lifecycles, ref) : E.right(undefined)
  if (E.isLeft(present)) return failureReply(present.left)
  const view: OperationView = {
    ...shown,
    usable: present.right !== undefined && isUsable(present.right),
    repeatable:
      work.some(({ work: state }) => state === 'parked') ||
      (shown.state !== 'running' &&
        present.right !== undefined &&
        asksAgain(present.right, work, site.clock.now())),
  }
  return json(200, view, shown.state === 'running' ? { 'retry-after': patience(site, work) } : {})
}

const isUsable = ({ lifecycle, state }: Present): boolean =>
  USABLE.includes(canonicalOf(lifecycle, state))

const USABLE: ReadonlyArray<Canonical> = ['active', 'updating', 'suspended']

interface Present {
  readonly lifecycle: Lifecycle
  readonly state: State
}

// Tells whether some caller may send something now that asks for work of the kinds that did not succeed, or of all that did.
const asksAgain = (
  { lifecycle, state }: Present,
  work: ReadonlyArray<PendingEffect>,
  at: number,
): boolean => {
  if (state.done) return false
  const failed = work.filter(({ work: ended }) => ended !== 'done')
  const wanted = (failed.length > 0 ? failed : work).map(({ effect }) => effect.type)
  return lifecycle.actors.some((actor) =>
    plan(lifecycle, state, { at, actor }).some(({ allowed, event }) => {
      if (!allowed) return false
      const decided = decide(lifecycle, state, {
        _tag: 'Command',
        ref: state.ref,
        id: 'again',
        at,
        actor,
        event,
      })
      const types = E.isRight(decided) ? decided.right.effects.map(({ type }) => type) : []
      return wanted.every((type) => types.includes(type))
    }),
  )
}

// Until the first part is tried again, in whole seconds.
const patience = ({ clock }: Site, work: ReadonlyArray<PendingEffect>): string => {
  const waits = work.flatMap(({ work: state, notBefore }) =>
    state === 'pending' || state === 'leased' ? [(notBefore - clock.now()) / 1_000] : [],
  )
  const soonest = Math.ceil(Math.min(LONGEST_PATIENCE_S, ...waits))
  return String(Math.max(1, soonest))
}

// The effects of a change are counted from 0 over all of its commands.
const workOf = async (
  { store }: Site,
  operation: string,
): Promise<E.Either<Failure, ReadonlyArray<PendingEffect>>> => {
  const causes = operation.split('+').slice(0, MOST_CAUSES)
  const found: Array<PendingEffect> = []
  for (let index = 0; index < MOST_PARTS; index += 1) {
    const held = await Promise.all(causes.map((cause) => ask(store.effect(`${cause}.${index}`))))
    const before = found.length
    for (const one of held) {
      if (E.isLeft(one)) return one
      if (one.right !== undefined) found.push(one.right)
    }
    if (found.length === before) break
  }
  return E.right(found)
}

const MOST_CAUSES = 8

const MOST_PARTS = 100

const viewOf = (
  id: string,
  work: ReadonlyArray<PendingEffect>,
  principal: Principal,
): E.Either<Reply, OperationSummary> => {
  const [first] = work
  const strange = work.some(
    ({ effect: { ref } }) =>
      !seesProvider(principal, ref.provider) || !seesTenant(principal, ref.tenant),
  )
  if (first === undefined || strange) return E.left(nothingHere())
  return E.right({
    id,
    service: serviceHref(first.effect),
    state: stateOf(work),
    parts: work.map(({ effect, work: state, attempts, error }) => ({
      effect: effect.id,
      type: effect.type,
      state,
      attempts,
      lastError: error ?? null,
      href: `${MOUNT}/effects/${encodeURIComponent(effect.id)}`,
    })),
  })
}

const stateOf = (work: ReadonlyArray<PendingEffect>): OperationSummary['state'] => {
  const states = work.map(({ work: state }) => state)
  if (states.some((state) => OPEN.includes(state))) return 'running'
  return states.some((state) => state === 'failed' || state === 'unknown') ? 'failed' : 'succeeded'
}

const OPEN: ReadonlyArray<PendingEffect['work']> = ['pending', 'leased', 'parked']

const pause = ({ clock }: Site, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve)
  })
