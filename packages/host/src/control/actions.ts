import { JsonObject, jsonSchemaOf, Reason, seekWays, toStatus } from '@signalbox/core'
import type { Event, Goal, Lifecycle, State, Way, WayStep } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { ask } from '../ask.ts'
import type { Failure } from '../failure.ts'
import type { Incoming } from '../incoming.ts'
import type { Principal } from '../principal.ts'
import { json } from '../reply.ts'
import type { Reply } from '../reply.ts'
import type { Route } from '../route.ts'
import { platformSchedule } from '../schedule.ts'
import { Name, timestamp } from './fields.ts'
import { callerOf, genericOf, payloadOf } from './generic.ts'
import { NativeRoute, nativeRoutesOf } from './native.ts'
import { failureReply, invalid, trouble } from './problems.ts'
import { control } from './route.ts'
import { sendablesOf, standsAgainst } from './sendable.ts'
import type { Sendable, Sender } from './sendable.ts'
import { etagOf, SERVICE, ServiceParams } from './services.ts'
import { findService } from './site.ts'
import type { Found, Site } from './site.ts'

/** The routes that say what can be done with a service, what stands against the rest, and how to get somewhere. */
export const actionRoutes = (site: Site): ReadonlyArray<Route> => {
  const inTurn = createTurns()
  return [
    control('viewer', {
      method: 'GET',
      path: `${SERVICE}/actions`,
      name: 'listActions',
      summary:
        'Judges every command for the caller in the present state, and says what leads to those refused',
      params: ServiceParams,
      responses: { 200: ActionList },
      handle: async (request) => {
        const outlook = await lookOut(site, request)
        if (E.isLeft(outlook)) return outlook.left
        const { found, sendables } = outlook.right
        const judged: Array<Judged> = []
        for (const type of new Set(sendables.map((one) => one.type))) {
          const one = judge(site, outlook.right, type)
          if (E.isLeft(one)) return failureReply(one.left)
          judged.push(one.right)
        }
        const barred = judged.flatMap((one) => (one.barred === undefined ? [] : [one]))
        const goals = barred.map((one) => toTake(outlook.right, one.barred))
        const ways = await inTurn(() => seek(site, outlook.right, goals))
        if (E.isLeft(ways)) return failureReply(ways.left)
        const items = judged.map(({ action }): Action => {
          const way = ways.right.ways[barred.findIndex((one) => one.action === action)]
          return way === undefined
            ? action
            : {
                ...action,
                sequence: way.map((step) => stepView(found, step, ways.right.exampleOf)),
              }
        })
        return json(200, { status: found.state.status, items }, { etag: etagOf(found.state) })
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
      handle: async (request) => {
        const outlook = await lookOut(site, request)
        if (E.isLeft(outlook)) return outlook.left
        const { found } = outlook.right
        const { lifecycle, state } = found
        const { to } = request.query
        if (!lifecycle.statuses.includes(to)) return unknownStatus(lifecycle)
        const ways = await inTurn(() => seek(site, outlook.right, [toStatus(to)]))
        if (E.isLeft(ways)) return failureReply(ways.left)
        const [way] = ways.right.ways
        if (way === undefined)
          return trouble(
            'no-path',
            `Nothing that this caller may do leads from ${state.status} to ${to}.`,
            { members: { from: state.status, to } },
          )
        const steps = way.map((step) => stepView(found, step, ways.right.exampleOf))
        return json(200, { from: state.status, to, steps }, { etag: etagOf(state) })
      },
    }),
  ]
}

// -- internals

// One search at a time: however many are asked for, others wait for no more than one slice.
const createTurns = (): (<A>(work: () => Promise<A>) => Promise<A>) => {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work)
    last = next.catch(() => {})
    return next
  }
}

// How many states a search looks at before it gives up.
const MOST = 5_000

const MOST_OPEN = 100

/** A service, and what its caller could send to it. */
interface Outlook {
  readonly found: Found
  readonly sender: Sender
  readonly sendables: ReadonlyArray<Sendable>
}

const lookOut = async (
  site: Site,
  {
    id,
    principal,
    params,
  }: Pick<Incoming, 'id'> & {
    readonly principal: Principal
    readonly params: t.TypeOf<typeof ServiceParams>
  },
): Promise<E.Either<Reply, Outlook>> => {
  const found = await findService(site, principal, params)
  if (E.isLeft(found)) return found
  const { lifecycle, provider } = found.right
  const actor = callerOf(principal, genericOf(provider.mounted, lifecycle))
  const sender = { principal, actor, id }
  const sendables = await sendablesOf(found.right, sender)
  return E.isLeft(sendables)
    ? E.left(failureReply(sendables.left))
    : E.right({ found: found.right, sender, sendables: sendables.right })
}

interface Ways {
  readonly ways: ReadonlyArray<Way | undefined>
  /** The command as its caller sends it. */
  readonly exampleOf: (sent: Event) => Event
}

// Looks for all the ways in one search, a little at a time: others have their turn in between.
const seek = async (
  { clock, store }: Site,
  { found: { lifecycle, state }, sender, sendables }: Outlook,
  goals: ReadonlyArray<Goal>,
): Promise<E.Either<Failure, Ways>> => {
  const work = await ask(store.effects({ ref: state.ref, open: true, limit: MOST_OPEN }))
  if (E.isLeft(work)) return work
  const open = work.right.items.map(({ effect }) => effect.type)
  const examples = new WeakMap<Event, Event>()
  const commands = (at: State): ReadonlyArray<Event> =>
    sendables.flatMap(({ example, rule }) => {
      const submission = rule(at)
      const [sent, ...more] = E.isRight(submission) ? submission.right.events : []
      if (sent === undefined || more.length > 0) return []
      examples.set(sent, example)
      return [sent]
    })
  const options = { at: clock.now(), actors: [sender.actor], commands, most: MOST, open }
  const search = seekWays(lifecycle, state, goals, options)
  for (;;) {
    const slice = search.next()
    if (slice.done === true)
      return E.right({ ways: slice.value, exampleOf: (sent) => examples.get(sent) ?? sent })
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

/** A command that was judged; with what was refused, a way to it is looked for. */
interface Judged {
  readonly action: Action
  readonly barred: Sendable | undefined
}

const judge = (
  { clock }: Site,
  { found: { lifecycle, state, provider }, sender, sendables }: Outlook,
  type: string,
): E.Either<Failure, Judged> => {
  const tries: Array<{ readonly sendable: Sendable; readonly reasons: ReadonlyArray<Reason> }> = []
  for (const sendable of sendables.filter((one) => one.type === type)) {
    const reasons = standsAgainst(lifecycle, sendable, state, { ...sender, at: clock.now() })
    if (E.isLeft(reasons)) return reasons
    tries.push({ sendable, reasons: reasons.right })
  }
  const best = tries.find(({ reasons }) => reasons.length === 0) ?? tries[0]
  const allowed = best?.reasons.length === 0
  const payload = payloadOf(genericOf(provider.mounted, lifecycle), type)
  const action = {
    type,
    words: lifecycle.commands[type]?.words ?? type,
    allowed,
    payload: payload === undefined ? {} : jsonSchemaOf(payload),
    example: best?.sendable.example ?? { type },
    reasons: allowed ? [] : uniqueReasons(tries.flatMap(({ reasons }) => reasons)),
    here: best?.sendable.here === true,
    native: nativeRoutesOf(provider.mounted, lifecycle, type, state.ref),
  }
  return E.right({ action, barred: allowed ? undefined : best?.sendable })
}

const toTake =
  ({ found: { lifecycle }, sender }: Outlook, sendable: Sendable | undefined): Goal =>
  (state, at) => {
    const against = sendable && standsAgainst(lifecycle, sendable, state, { ...sender, at })
    return against !== undefined && E.isRight(against) && against.right.length === 0
  }

const uniqueReasons = (reasons: ReadonlyArray<Reason>): ReadonlyArray<Reason> => [
  ...new Map(reasons.map((reason) => [reason.words, reason])).values(),
]

const stepView = (
  { lifecycle, provider, state }: Found,
  { move, words, at, status }: WayStep,
  exampleOf: Ways['exampleOf'],
): PathStep => {
  switch (move.kind) {
    case 'command': {
      const { type } = move.event
      const native = nativeRoutesOf(provider.mounted, lifecycle, type, state.ref)
      return { kind: 'command', name: type, words, status, example: exampleOf(move.event), native }
    }
    case 'report':
      return { kind: 'report', name: move.event.type, words, status, example: move.event }
    case 'deadline':
      return { kind: 'deadline', name: move.name, words, status, dueAt: timestamp(at) }
  }
}
