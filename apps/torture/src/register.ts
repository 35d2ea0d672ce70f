import { decide } from '@signalbox/core'
import type { Actor, Command, Event, Lifecycle, State } from '@signalbox/core'
import { judgeWrite, readWrite } from '@signalbox/core/gcore'
import * as E from 'fp-ts/lib/Either.js'
import type { Model } from './linearize.ts'
import { TERMS } from './setting.ts'

/** What is asked of a service's status; `as` is who asks. */
export type StatusOp =
  | { readonly kind: 'get' }
  | { readonly kind: 'set'; readonly status: string; readonly as: string }
  | { readonly kind: 'enable' | 'disable' }

/** What was answered: the status, where the answer holds one. */
export type StatusResult =
  | { readonly kind: 'accepted'; readonly status?: string }
  | { readonly kind: 'refused' }

/** A Gcore service as a register: a status is asked for, and its machine says what comes of it. */
export const gcoreRegister = (
  lifecycle: Lifecycle,
  service: { readonly id: number; readonly product: string; readonly client: number },
): Model<State, StatusOp, StatusResult> => {
  const { id, product: name, client } = service
  const ref = { provider: 'gcore', tenant: String(client), id: String(id) }
  return registerOf(
    lifecycle,
    next(lifecycle, undefined, ref, { type: 'service.create', id, name, client }),
    (state, op) => {
      if (op.kind !== 'set') return undefined
      const actor = op.as === '1' ? ADMIN : RESELLER
      const write = readWrite(TERMS, state, { method: 'PUT', body: { status: op.status } })
      if (E.isLeft(write)) return undefined
      const events = judgeWrite(TERMS, state, { write: write.right, actor, available: true })
      return E.isLeft(events) ? undefined : { events: events.right, actor }
    },
  )
}

/** A deployed Poppy service as a register: operators override its status, and enable or disable it. */
export const poppyRegister = (
  lifecycle: Lifecycle,
  service: { readonly project: string; readonly id: string },
): Model<State, StatusOp, StatusResult> => {
  const ref = { provider: 'poppy', tenant: service.project, id: service.id }
  const creation = lifecycle.commands['service.create']?.examples[0] ?? { type: '' }
  const created = next(lifecycle, undefined, ref, creation)
  const deployed = next(lifecycle, created, ref, {
    type: 'service.setStatus',
    status: 'deployed',
    flavorExists: true,
  })
  const served = E.map(({ after }: { readonly after: State }) => after)(
    decide(lifecycle, deployed, {
      _tag: 'Report',
      ref,
      id: 'report',
      at: T0,
      event: { type: 'service.provisioned', accessUrls: [], logUrl: null },
    }),
  )
  if (E.isLeft(served)) throw new Error(served.left._tag)
  return registerOf(lifecycle, served.right, (_, op) => {
    switch (op.kind) {
      case 'get':
        return undefined
      case 'set': {
        const event = { type: 'service.setStatus', status: op.status, flavorExists: true }
        return { events: [event], actor: OPERATOR }
      }
      case 'enable':
      case 'disable':
        return { events: [{ type: `service.${op.kind}` }], actor: OPERATOR }
    }
  })
}

// -- internals

// Every command comes at one instant: what is recorded takes seconds, and no deadline of these services does.
const T0 = 1_800_000_000_000

const ADMIN: Actor = { id: '1', roles: ['admin'] }
const RESELLER: Actor = { id: '7', roles: ['reseller'] }
const OPERATOR: Actor = { id: 'operator', roles: ['operator'] }

interface Asked {
  readonly events: ReadonlyArray<Event>
  readonly actor: Actor
}

// What an operation asks of the machine in a state; undefined when it is refused before that.
type Ask = (state: State, op: StatusOp) => Asked | undefined

const registerOf = (
  lifecycle: Lifecycle,
  init: State,
  ask: Ask,
): Model<State, StatusOp, StatusResult> => {
  const spelled = new WeakMap<State, string>()
  return {
    init,
    key: (state) => {
      const known = spelled.get(state) ?? spell(lifecycle, state)
      spelled.set(state, known)
      return known
    },
    step: (state, op, result) => {
      if (op.kind === 'get') return agrees(result, state.status) ? [state] : []
      const asked = ask(state, op)
      const moved = asked === undefined ? undefined : apply(lifecycle, state, asked)
      if (moved === undefined)
        return result === undefined || result.kind === 'refused' ? [state] : []
      return agrees(result, moved.status) ? [moved] : []
    },
  }
}

// An answer that does not show the status leaves it open.
const agrees = (result: StatusResult | undefined, status: string): boolean =>
  result === undefined ||
  (result.kind === 'accepted' && (result.status === undefined || result.status === status))

const spell = (lifecycle: Lifecycle, { value, context, deadlines }: State): string =>
  JSON.stringify([value, lifecycle.facet(context, T0), deadlines.map(({ name }) => name)])

const apply = (lifecycle: Lifecycle, state: State, { events, actor }: Asked): State | undefined => {
  let after = state
  for (const event of events) {
    const decided = decide(lifecycle, after, commandOf(state.ref, event, actor))
    if (E.isLeft(decided)) return undefined
    after = decided.right.after
  }
  return after
}

const commandOf = (ref: State['ref'], event: Event, actor: Actor): Command => ({
  _tag: 'Command',
  ref,
  id: 'command',
  at: T0,
  actor,
  event,
})

const next = (
  lifecycle: Lifecycle,
  state: State | undefined,
  ref: State['ref'],
  event: Event,
): State => {
  const decided = decide(lifecycle, state, commandOf(ref, event, ADMIN))
  if (E.isLeft(decided)) throw new Error(`${event.type}: ${decided.left._tag}`)
  return decided.right.after
}
