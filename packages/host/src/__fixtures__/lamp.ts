import { defineLifecycle, effect, until } from '@signalbox/core'
import type { Actor } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { assign, setup } from 'xstate'
import type { Driver } from '../driver.ts'
import type { Failure } from '../failure.ts'
import type { Incoming } from '../incoming.ts'
import { CONTRACT, definePlugin } from '../plugin.ts'
import type { Mounted, Plugin, Tools } from '../plugin.ts'
import { empty, json } from '../reply.ts'
import type { Reply } from '../reply.ts'
import { command, handle, list, read } from '../route.ts'
import type { Route } from '../route.ts'

const LampContext = t.strict({ socket: t.string, litAt: t.number, note: t.string }, 'LampContext')
type LampContext = t.TypeOf<typeof LampContext>

type LampEvent =
  | { readonly type: 'lamp.press'; readonly at: number; readonly actor: Actor }
  | { readonly type: 'lamp.override'; readonly at: number }
  | { readonly type: 'lamp.smash'; readonly at: number }
  | { readonly type: 'lamp.polish'; readonly at: number }
  | { readonly type: 'lamp.lit'; readonly at: number; readonly brightness: number }
  | { readonly type: 'lamp.burst'; readonly at: number; readonly message: string }
  | { readonly type: 'lamp.lost'; readonly at: number; readonly message: string }
  | { readonly type: 'lamp.trip'; readonly at: number }

/** How long the lamp burns, in ms. */
export const BURNS = 60_000

const chart = setup({
  types: {
    context: {} as LampContext,
    input: {} as { readonly at: number; readonly socket: string },
    events: {} as LampEvent,
  },
  actions: {
    supersede: effect(),
    acknowledge: effect(),
    light: effect<{ readonly socket: string }>(),
    check: effect(),
    polish: effect(),
    remember: assign({ litAt: ({ event }) => event.at }),
    say: assign({
      note: ({ event }) => ('message' in event ? event.message : ''),
    }),
    trip: assign(() => {
      throw new Error('the assign tripped')
    }),
  },
  guards: {
    isMember: ({ event }) => event.type === 'lamp.press' && event.actor.roles.includes('member'),
  },
  delays: { burns: until((context: LampContext) => context.litAt + BURNS) },
}).createMachine({
  id: 'demo/lamp',
  context: ({ input }) => ({ socket: input.socket, litAt: input.at, note: '' }),
  initial: 'off',
  on: {
    'lamp.smash': '.smashed',
    'lamp.override': { target: '.off', actions: ['supersede', 'say'] },
  },
  states: {
    off: {
      on: {
        'lamp.press': { guard: 'isMember', target: 'lighting' },
        'lamp.polish': { actions: 'polish' },
        'lamp.trip': { actions: 'trip' },
      },
    },
    lighting: {
      entry: { type: 'light', params: ({ context }) => ({ socket: context.socket }) },
      on: {
        'lamp.lit': { target: 'on' },
        'lamp.burst': { target: 'burst', actions: 'say' },
        'lamp.lost': { target: 'lost', actions: 'say' },
      },
    },
    on: { entry: ['remember', 'check'], after: { burns: 'off' } },
    burst: {},
    lost: {},
    smashed: { type: 'final' },
  },
})

const nothing = t.strict({})
const bare = (type: string): { readonly payload: t.Mixed; readonly words: string; readonly examples: [{ type: string }] } => ({
  payload: nothing,
  words: type,
  examples: [{ type }],
})

/** A lifecycle with a claim, a quota, a deadline, a background effect and an end. */
export const lamp = defineLifecycle<LampContext>({
  name: 'demo/lamp',
  provider: 'demo',
  version: 1,
  machine: chart,
  context: LampContext,
  creation: 'lamp.make',
  commands: {
    'lamp.make': {
      payload: t.strict({ socket: t.string }),
      words: 'Make a lamp',
      examples: [{ type: 'lamp.make', socket: 'A' }],
    },
    'lamp.press': bare('lamp.press'),
    'lamp.override': bare('lamp.override'),
    'lamp.smash': bare('lamp.smash'),
    'lamp.polish': bare('lamp.polish'),
    'lamp.trip': bare('lamp.trip'),
  },
  reports: {
    'lamp.lit': {
      payload: t.strict({ brightness: t.number }),
      words: 'It is lit',
      examples: [{ type: 'lamp.lit', brightness: 1 }],
    },
    'lamp.burst': {
      payload: t.strict({ message: t.string }),
      words: 'It burst',
      examples: [{ type: 'lamp.burst', message: 'bang' }],
    },
    'lamp.lost': {
      payload: t.strict({ message: t.string }),
      words: 'Nobody knows',
      examples: [{ type: 'lamp.lost', message: 'silence' }],
    },
  },
  effects: {
    light: {
      params: t.strict({ socket: t.string }),
      words: 'Light it',
      reports: { done: 'lamp.lit', failed: 'lamp.burst', unknown: 'lamp.lost' },
    },
    check: { params: nothing, words: 'Check it', reports: {} },
    polish: { params: nothing, words: 'Polish it', reports: {}, lane: 'cloth', background: true },
  },
  deadlines: { burns: 'It burns out' },
  guards: { isMember: 'Only members press switches.' },
  statuses: ['off', 'lighting', 'on', 'burst', 'lost', 'smashed'],
  canonical: {
    off: 'suspended',
    lighting: 'updating',
    on: 'active',
    burst: 'failed',
    lost: 'unknown',
    smashed: 'deleted',
  },
  status: (value) => String(value),
  claims: (_, context) => [`socket:${(context as LampContext).socket}`],
  quotas: () => ['lamps'],
  facet: () => null,
  actors: [
    { id: 'ann', roles: ['member'] },
    { id: 'bob', roles: [] },
  ],
})

const Settings = t.intersection([t.strict({}), t.partial({ watts: t.number })])
type Settings = t.TypeOf<typeof Settings>

/** What a test changes of the demo plugin. */
export interface Demo {
  readonly name?: string
  readonly drivers?: Readonly<Record<string, Driver>>
  readonly change?: (mounted: Mounted, tools: Tools<Settings>) => Mounted | Promise<Mounted>
}

/** A provider of lamps: `POST /lamps`, `GET /lamps/:id`, `POST /lamps/:id/press`, `PUT /lamps/:id/light` and a few more. */
export const demo = ({ name = 'demo', drivers = {}, change = (mounted) => mounted }: Demo = {}): Plugin<Settings> =>
  definePlugin<Settings>({
    name,
    version: '2.1.0',
    contract: CONTRACT,
    settings: Settings,
    setup: (tools) =>
      change(
        {
          lifecycles: [lamp],
          mounts: ['/lamps'],
          routes: lampRoutes,
          order: 'route-first',
          head: true,
          options: (_, allow) => empty(204, { allow: allow.join(', ') }),
          admit: async ({ headers }) => {
            const found = await tools.credentials.bySecret(headers.get('x-key') ?? '')
            return found === undefined
              ? E.left(json(401, { error: 'who are you?' }))
              : E.right(found)
          },
          answers: {
            notFound: () => json(404, { error: 'no such path' }),
            methodNotAllowed: (_, allow) =>
              json(405, { error: 'no such method' }, { allow: allow.join(', ') }),
            malformed: (_, malformed) => json(MALFORMED[malformed._tag] ?? 400, { error: malformed._tag }),
            refuse,
            finish: ({ id }, reply) => ({ ...reply, headers: { ...reply.headers, 'x-request-id': id } }),
          },
          drivers,
        },
        tools,
      ),
  })

const MALFORMED: Readonly<Record<string, number>> = { TooLarge: 413, UnsupportedMediaType: 415 }

const REFUSED: Readonly<Record<string, number>> = {
  NotFound: 404,
  AlreadyExists: 409,
  IllegalMove: 409,
  ClaimTaken: 409,
  QuotaExceeded: 403,
  Busy: 503,
  Unavailable: 503,
}

const refuse = (_: Incoming, failure: Failure): Reply =>
  json(REFUSED[failure._tag] ?? 500, { error: failure._tag })

const Id = t.strict({ id: t.string })
const refOf = (id: string): { provider: string; tenant: string; id: string } => ({
  provider: 'demo',
  tenant: 't',
  id,
})

const send = (type: string, path: string, method: 'POST' | 'DELETE', settleMs?: number): Route =>
  command({
    method,
    path,
    name: type.slice(5) + (settleMs ?? ''),
    summary: type,
    params: Id,
    lifecycle: lamp,
    commands: [type],
    ref: ({ params }) => refOf(params.id),
    submit: () => E.right({ events: [{ type }] }),
    ...(settleMs !== undefined && { settleMs }),
    reply: (_, { state, finished, reports }) =>
      json(200, { status: state.status, finished, reports: reports.map(({ event }) => event.type) }),
  })

const lampRoutes: ReadonlyArray<Route> = [
  command({
    method: 'POST',
    path: '/lamps',
    name: 'make',
    summary: 'Makes a lamp',
    query: t.intersection([t.strict({}), t.partial({ tag: t.union([t.string, t.array(t.string)]) })]),
    body: {
      kind: 'json',
      codec: t.strict({ id: t.string, socket: t.string }),
      mediaTypes: ['application/json'],
      limit: 1_000,
    },
    lifecycle: lamp,
    commands: ['lamp.make'],
    ref: ({ body }) => refOf(body.id),
    submit: ({ body: { socket } }) =>
      E.right({ events: [{ type: 'lamp.make', socket }], limits: { lamps: 300 } }),
    reply: (_, { state }) => json(201, { id: state.ref.id, status: state.status }),
  }),
  list({
    method: 'GET',
    path: '/lamps',
    name: 'list',
    summary: 'Lists lamps',
    lifecycle: lamp,
    list: () => E.right({ provider: 'demo', tenant: 't', limit: 500 }),
    reply: (_, { items }) => json(200, items.map(({ ref, status }) => ({ id: ref.id, status }))),
  }),
  read({
    method: 'GET',
    path: '/lamps/:id',
    name: 'show',
    summary: 'Shows a lamp',
    params: Id,
    lifecycle: lamp,
    ref: ({ params }) => refOf(params.id),
    reply: (_, { status, context, changedAt }) => json(200, { status, context, changedAt }),
  }),
  send('lamp.press', '/lamps/:id/press', 'POST'),
  send('lamp.press', '/lamps/:id/light', 'POST', 1_000),
  send('lamp.override', '/lamps/:id/override', 'POST'),
  send('lamp.polish', '/lamps/:id/polish', 'POST', 1_000),
  send('lamp.trip', '/lamps/:id/trip', 'POST'),
  send('lamp.smash', '/lamps/:id', 'DELETE'),
  handle({
    method: 'POST',
    path: '/lamps/:id/echo',
    name: 'echo',
    summary: 'Says what it heard',
    params: Id,
    body: { kind: 'json', codec: t.unknown, ifEmpty: { nothing: true } },
    handle: async ({ params, body, bytes }) => json(200, { params, body, length: bytes.length }),
  }),
  handle({
    method: 'GET',
    path: '/lamps/:id/boom',
    name: 'boom',
    summary: 'Throws',
    handle: async () => {
      throw new Error('boom and bust')
    },
  }),
]
