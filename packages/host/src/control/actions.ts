import {
  decideAll,
  JsonObject,
  jsonSchemaOf,
  plan,
  Reason,
  seekWays,
  toCommand,
  toStatus,
} from '@signalbox/core'
import type { Actor, Command, Event, Goal, Lifecycle, Way, WayStep } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { ask } from '../ask.ts'
import type { Failure } from '../failure.ts'
import type { Generic, Obstacle } from '../generic.ts'
import type { Principal } from '../principal.ts'
import { json } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Route } from '../route.ts'
import { platformSchedule } from '../schedule.ts'
import { Name, timestamp } from './fields.ts'
import { callerOf, commandOf, examplesOf, genericOf, payloadOf, ruleOf } from './generic.ts'
import { NativeRoute, nativeRoutesOf } from './native.ts'
import { failureReply, invalid, trouble } from './problems.ts'
import { control } from './route.ts'
import { etagOf, SERVICE, ServiceParams } from './services.ts'
import { findService } from './site.ts'
import type { Found, Site } from './site.ts'

/** The routes that say what can be done with a service, what stands against the rest, and how to get somewhere. */
export const actionRoutes = (site: Site): ReadonlyArray<Route> => [
  control('viewer', {
    method: 'GET',
    path: `${SERVICE}/actions`,
    name: 'listActions',
    summary:
      'Judges every command for the caller in the present state, and says what leads to those refused',
    params: ServiceParams,
    responses: { 200: ActionList },
    handle: async ({ id, principal, params }) => {
      const found = await findService(site, principal, params)
      if (E.isLeft(found)) return found.left
      const judge = judgeOf(site, found.right, { principal, request: id })
      const { lifecycle, state, provider } = found.right
      const judged: Array<Judged> = []
      for (const type of Object.keys(lifecycle.commands)) {
        if (type === lifecycle.creation) continue
        const one = await judge(type)
        if (E.isLeft(one)) return failureReply(one.left)
        judged.push(one.right)
      }
      const actor = callerOf(principal, genericOf(provider.mounted, lifecycle))
      const barred = judged.flatMap(({ action, barred: event }) =>
        event ? [{ action, event }] : [],
      )
      const goals = barred.map(({ event }) => toCommand(lifecycle, event, actor))
      const ways = await seek(site, found.right, { actor, goals })
      if (E.isLeft(ways)) return failureReply(ways.left)
      const items = judged.map(({ action }): Action => {
        const way = ways.right[barred.findIndex((one) => one.action === action)]
        return way === undefined
          ? action
          : { ...action, sequence: way.map((step) => stepView(found.right, step)) }
      })
      return json(200, { status: state.status, items }, { etag: etagOf(state) })
    },
  }),
  control('viewer', {
    method: 'GET',
    path: `${SERVICE}/path`,
    name: 'findPath',
    summary: 'Finds the shortest legal sequence that leads to a status',
    params: ServiceParams,
    query: t.strict({ to: Name }),
    responses: { 200: Path },
    handle: async ({ principal, params, query: { to } }) => {
      const found = await findService(site, principal, params)
      if (E.isLeft(found)) return found.left
      const { lifecycle, state } = found.right
      if (!lifecycle.statuses.includes(to)) return unknownStatus(lifecycle)
      const actor = callerOf(principal, genericOf(found.right.provider.mounted, lifecycle))
      const ways = await seek(site, found.right, { actor, goals: [toStatus(to)] })
      if (E.isLeft(ways)) return failureReply(ways.left)
      const [way] = ways.right
      return way === undefined
        ? trouble(
            'no-path',
            `Nothing that this caller may do leads from ${state.status} to ${to}.`,
            {
              members: { from: state.status, to },
            },
          )
        : json(
            200,
            { from: state.status, to, steps: way.map((step) => stepView(found.right, step)) },
            { etag: etagOf(state) },
          )
    },
  }),
]

// -- internals

// How many states a search looks at before it gives up.
const MOST = 5_000

const MOST_OPEN = 100

// Looks for all the ways in one search, a little at a time: others have their turn in between.
const seek = async (
  { clock, store }: Site,
  { lifecycle, state }: Found,
  { actor, goals }: { readonly actor: Actor; readonly goals: ReadonlyArray<Goal> },
): Promise<E.Either<Failure, ReadonlyArray<Way | undefined>>> => {
  const work = await ask(store.effects({ ref: state.ref, open: true, limit: MOST_OPEN }))
  if (E.isLeft(work)) return work
  const open = work.right.items.map(({ effect }) => effect.type)
  const options = { at: clock.now(), actors: [actor], most: MOST, open }
  const search = seekWays(lifecycle, state, goals, options)
  for (;;) {
    const slice = search.next()
    if (slice.done === true) return E.right(slice.value)
    await new Promise<void>(platformSchedule)
  }
}

const PathStep = t.intersection(
  [
    t.strict({
      kind: t.keyof({ command: null, report: null, deadline: null }),
      name: t.string,
      words: t.string,
      status: t.string,
    }),
    t.partial({
      example: t.UnknownRecord,
      native: t.readonlyArray(NativeRoute),
      dueAt: t.string,
    }),
  ],
  'PathStep',
)
type PathStep = t.TypeOf<typeof PathStep>

const Action = t.intersection(
  [
    t.strict({
      type: t.string,
      words: t.string,
      allowed: t.boolean,
      payload: JsonObject,
      example: t.UnknownRecord,
      reasons: t.readonlyArray(Reason),
      here: t.boolean,
      native: t.readonlyArray(NativeRoute),
    }),
    t.partial({ sequence: t.readonlyArray(PathStep) }),
  ],
  'Action',
)
type Action = t.TypeOf<typeof Action>

const ActionList = t.strict({ status: t.string, items: t.readonlyArray(Action) }, 'ActionList')

const Path = t.strict({ from: t.string, to: t.string, steps: t.readonlyArray(PathStep) }, 'Path')

const unknownStatus = ({ statuses }: Lifecycle): Reply =>
  invalid([{ parameter: 'to', rule: `one of ${statuses.join(', ')} expected` }])

interface Asked {
  readonly principal: Principal
  readonly request: string
}

/** One way in which a command can be sent, and what becomes of it. */
interface Try {
  readonly example: Event
  readonly reasons: ReadonlyArray<Reason>
  /** The event that was judged last; with it a way to the command is looked for. */
  readonly event: Event
}

const judgeOf =
  (site: Site, found: Found, asked: Asked) =>
  async (type: string): Promise<E.Either<Failure, Judged>> => {
    const { lifecycle, state, provider } = found
    const generic = genericOf(provider.mounted, lifecycle)
    const actor = callerOf(asked.principal, generic)
    const here = commandOf(generic, type) !== undefined
    const tries = here
      ? await tryHere(site, found, { generic, actor, asked, type })
      : E.right(tryNative(site, found, { actor, type }))
    if (E.isLeft(tries)) return tries
    const best = tries.right.find(({ reasons }) => reasons.length === 0) ?? tries.right[0]
    const allowed = best?.reasons.length === 0
    const payload = payloadOf(generic, type)
    const action = {
      type,
      words: lifecycle.commands[type]?.words ?? type,
      allowed,
      payload: payload === undefined ? {} : jsonSchemaOf(payload),
      example: best?.example ?? { type },
      reasons: uniqueReasons(allowed ? [] : tries.right),
      here,
      native: nativeRoutesOf(provider.mounted, lifecycle, type, state.ref),
    }
    return E.right({ action, barred: allowed ? undefined : best?.event })
  }

/** A command that was judged; with what was refused, a way to it is looked for. */
interface Judged {
  readonly action: Action
  readonly barred: Event | undefined
}

const uniqueReasons = (tries: ReadonlyArray<Try>): ReadonlyArray<Reason> => [
  ...new Map(
    tries.flatMap(({ reasons }) => reasons).map((reason) => [reason.words, reason]),
  ).values(),
]

// As the native routes would send it, each of the lifecycle's own examples.
const tryNative = (
  site: Site,
  { lifecycle, state }: Found,
  { actor, type }: { readonly actor: Actor; readonly type: string },
): ReadonlyArray<Try> => {
  const offer = plan(lifecycle, state, { at: site.clock.now(), actor }).find(
    ({ command }) => command === type,
  )
  return offer === undefined
    ? []
    : [{ example: offer.event, event: offer.event, reasons: offer.reasons }]
}

// As this API would send it: what it looks up included.
const tryHere = async (
  site: Site,
  { lifecycle, state }: Found,
  {
    generic,
    actor,
    asked,
    type,
  }: {
    readonly generic: Generic
    readonly actor: Actor
    readonly asked: Asked
    readonly type: string
  },
): Promise<E.Either<Failure, ReadonlyArray<Try>>> => {
  const tries: Array<Try> = []
  const command = commandOf(generic, type) ?? {}
  for (const example of examplesOf(generic, type)) {
    const { principal, request: id } = asked
    const rule = await ruleOf(command, { ref: state.ref, event: example, principal, actor, id })
    const submission = E.isLeft(rule) ? rule : rule.right(state)
    if (E.isLeft(submission)) {
      if (submission.left._tag === 'Failed') return E.left(submission.left.failure)
      tries.push({ example, event: example, reasons: reasonsOf(submission.left) })
      continue
    }
    const { events } = submission.right
    const at = site.clock.now()
    const decided = decideAll(
      lifecycle,
      state,
      events.map((event): Command => ({ _tag: 'Command', ref: state.ref, id, at, actor, event })),
    )
    const reasons =
      E.isRight(decided) || events.length === 0
        ? []
        : decided.left._tag === 'IllegalMove'
          ? decided.left.reasons
          : [{ words: decided.left._tag }]
    tries.push({ example, event: events[0] ?? example, reasons })
  }
  return E.right(tries)
}

const reasonsOf = (
  obstacle: Exclude<Obstacle, { readonly _tag: 'Failed' }>,
): ReadonlyArray<Reason> =>
  obstacle._tag === 'Against'
    ? obstacle.reasons
    : obstacle.errors.map(({ pointer, rule }) => ({ words: `${pointer}: ${rule}` }))

const stepView = (
  { lifecycle, provider, state }: Found,
  { move, words, at, status }: WayStep,
): PathStep => {
  switch (move.kind) {
    case 'command': {
      const { type } = move.event
      const native = nativeRoutesOf(provider.mounted, lifecycle, type, state.ref)
      return { kind: 'command', name: type, words, status, example: move.event, native }
    }
    case 'report':
      return { kind: 'report', name: move.event.type, words, status }
    case 'deadline':
      return { kind: 'deadline', name: move.name, words, status, dueAt: timestamp(at) }
  }
}
