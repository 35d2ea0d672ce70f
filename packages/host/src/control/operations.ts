import { described, struct } from '@signalbox/core'
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
        if (shown.right.state !== 'running' || left <= 0) return replyOf(shown.right)
        await pause(site, Math.min(left, LOOK_AGAIN_MS))
      }
    },
  }),
]

// -- internals

// How long a wait sleeps between two looks at the store.
const LOOK_AGAIN_MS = 250

const RETRY_AFTER_S = '1'

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

const OperationView = t.strict(
  {
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
  },
  'Operation',
)
type OperationView = t.TypeOf<typeof OperationView>

const replyOf = (view: OperationView): Reply =>
  json(200, view, view.state === 'running' ? { 'retry-after': RETRY_AFTER_S } : {})

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
): E.Either<Reply, OperationView> => {
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

const stateOf = (work: ReadonlyArray<PendingEffect>): OperationView['state'] => {
  const states = work.map(({ work: state }) => state)
  if (states.some((state) => OPEN.includes(state))) return 'running'
  return states.some((state) => state === 'failed' || state === 'unknown') ? 'failed' : 'succeeded'
}

const OPEN: ReadonlyArray<PendingEffect['work']> = ['pending', 'leased', 'parked']

const pause = ({ clock }: Site, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve)
  })
