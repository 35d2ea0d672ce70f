import * as t from 'io-ts'
import { and, assign, setup } from 'xstate'
import { effect } from '../../effect.ts'
import type { Event } from '../../input.ts'
import { defineLifecycle } from '../../lifecycle.ts'
import type { Lifecycle } from '../../lifecycle.ts'
import {
  ApiContext,
  ApiDefinition,
  ApiRequesterContext,
  ApiRequesterDefinition,
  Archive,
  DesiredStatus,
  ErrorCode,
  Operation,
  RestartPolicy,
  ServiceContext,
  ServiceDefinition,
  Status,
} from './codecs.ts'
import type { ArtefactContext, Definition, Kind, Problem } from './codecs.ts'
import { wireStatus } from './render.ts'

/** The one tenant: administration knows no owners. */
export const TENANT = 'default'

/** The lifecycle of a service (`.sar`). */
export const zosService: Lifecycle = lifecycleOf({
  kind: 'service',
  noun: 'service',
  context: ServiceContext,
  definition: ServiceDefinition,
  example: {
    kind: 'service',
    name: 'placeOrder',
    description: 'Place order service',
    version: '1.0',
    archive: { id: 'archive-1', sha256: '0'.repeat(64) },
    provider: 'CICS-1.0',
    properties: [{ propertyName: 'program', value: 'DFH0XCMN', type: 'STRING' }],
    objects: [],
    requestSchema: { type: 'object' },
    responseSchema: null,
  },
})

/** The lifecycle of an API (`.aar`): as a service's, but it is deleted only when no request of it is outstanding. */
export const zosApi: Lifecycle = lifecycleOf({
  kind: 'api',
  noun: 'API',
  context: ApiContext,
  definition: ApiDefinition,
  example: {
    kind: 'api',
    name: 'catalog',
    description: 'Catalog',
    version: '1.0.0',
    archive: { id: 'archive-1', sha256: '0'.repeat(64) },
    basePath: '/catalogManager',
    services: ['placeOrder'],
    swagger: 'api-docs/swagger.json',
  },
})

/** The lifecycle of an API requester (`.ara`): as a service's. */
export const zosApiRequester: Lifecycle = lifecycleOf({
  kind: 'apiRequester',
  noun: 'API requester',
  context: ApiRequesterContext,
  definition: ApiRequesterDefinition,
  example: {
    kind: 'apiRequester',
    name: 'catalog_1.0.0',
    description: 'Catalog',
    version: '1.0.0',
    archive: { id: 'archive-1', sha256: '0'.repeat(64) },
    basePath: null,
    connectionRef: 'conn',
  },
})

// -- internals

type ServiceEvent =
  | { readonly type: 'service.start' | 'service.stop' | 'service.delete' }
  | {
      readonly type: 'service.update'
      readonly definition: Definition
      readonly desired: DesiredStatus
    }
  | {
      readonly type: 'provider.registered' | 'provider.updated' | 'provider.reported'
      readonly status: Status
    }
  | ({ readonly type: 'provider.failed'; readonly status: Status } & Problem)
  | { readonly type: 'provider.deregistered' | 'service.drained' }
  | { readonly type: 'host.resumed'; readonly policy: RestartPolicy; readonly status: Status }

type Settled = 'started' | 'stopped' | 'unknown'
interface Row<Target> {
  readonly guard?: 'saysStarted' | 'saysStopped'
  readonly target?: Target
  readonly actions: ReadonlyArray<Note>
}
type Note = 'clearProblem' | 'keepProblem' | 'keepStatus' | 'promote' | 'dropCandidate' | 'adopt'

// Below are function declarations, since the lifecycles above are made while the module loads.

function lifecycleOf<D extends Definition, Context extends ArtefactContext>({
  kind,
  noun,
  context,
  definition,
  example,
}: {
  readonly kind: Kind
  readonly noun: string
  readonly context: t.Type<Context, unknown, unknown>
  readonly definition: t.Type<D, unknown, unknown>
  readonly example: D
}): Lifecycle {
  const deployment = t.strict({ definition, desired: DesiredStatus })
  const status = t.strict({ status: Status })
  const nothing = t.strict({})
  const statuses: ReadonlyArray<Status> = ['started', 'stopped', 'unknown']
  const both: ReadonlyArray<DesiredStatus> = ['started', 'stopped']
  const inEachStatus = (event: Event): ReadonlyArray<Event> =>
    statuses.map((each) => ({ ...event, status: each }))
  const failed = 'provider.failed'
  return defineLifecycle<Context>({
    name: `zosconnect/${kind}`,
    provider: 'zosconnect',
    version: 1,
    machine: chartOf(kind),
    context,
    creation: 'service.deploy',
    commands: {
      'service.deploy': {
        payload: deployment,
        words: `Deploy the ${noun}`,
        examples: both.map((desired) => ({ type: 'service.deploy', definition: example, desired })),
      },
      'service.start': {
        payload: nothing,
        words: `Start the ${noun}`,
        examples: [{ type: 'service.start' }],
      },
      'service.stop': {
        payload: nothing,
        words: `Stop the ${noun}`,
        examples: [{ type: 'service.stop' }],
      },
      'service.update': {
        payload: deployment,
        words: `Replace the ${noun} by another version`,
        examples: both.map((desired) => ({ type: 'service.update', definition: example, desired })),
      },
      'service.delete': {
        payload: nothing,
        words: `Delete the ${noun}`,
        examples: [{ type: 'service.delete' }],
      },
    },
    reports: {
      'provider.registered': {
        payload: status,
        words: 'The provider has registered it',
        examples: inEachStatus({ type: 'provider.registered' }),
      },
      'provider.updated': {
        payload: status,
        words: 'The provider has put the new version in place',
        examples: inEachStatus({ type: 'provider.updated' }),
      },
      'provider.reported': {
        payload: status,
        words: 'The provider says which status it has',
        examples: inEachStatus({ type: 'provider.reported' }),
      },
      [failed]: {
        payload: failure(),
        words: 'The provider has failed',
        examples: inEachStatus({
          type: failed,
          operation: 'start',
          code: 418,
          message: 'The provider failed.',
        }),
      },
      'provider.deregistered': {
        payload: nothing,
        words: 'The provider has let go of it',
        examples: [{ type: 'provider.deregistered' }],
      },
      'service.drained': {
        payload: nothing,
        words: 'No request of it is outstanding',
        examples: [{ type: 'service.drained' }],
      },
      'host.resumed': {
        payload: t.strict({ policy: RestartPolicy, status: Status }),
        words: 'The host runs again',
        examples: [
          ...inEachStatus({ type: 'host.resumed', policy: 'provider' }),
          ...inEachStatus({ type: 'host.resumed', policy: 'last' }),
        ],
      },
    },
    effects: {
      'provider.register': {
        params: t.strict({ definition }),
        words: 'Register it with its provider',
        reports: { done: 'provider.registered', failed, unknown: failed },
      },
      'provider.start': {
        params: t.strict({ archive: Archive }),
        words: 'Let the provider start it',
        reports: { done: 'provider.reported', failed, unknown: failed },
        aim: { status: 'started' },
      },
      'provider.stop': {
        params: t.strict({ archive: Archive }),
        words: 'Let the provider stop it',
        reports: { done: 'provider.reported', failed, unknown: failed },
        aim: { status: 'stopped' },
      },
      'provider.update': {
        params: t.strict({ definition, replaces: Archive }),
        words: 'Let the provider put the new version in place',
        reports: { done: 'provider.updated', failed, unknown: failed },
      },
      'provider.deregister': {
        params: t.strict({ definition }),
        words: 'Delete the archive and let the provider go of it',
        reports: { done: 'provider.deregistered', failed, unknown: failed },
      },
      'gate.drain': {
        params: nothing,
        words: 'Wait until no request of it is outstanding',
        reports: { done: 'service.drained' },
        lane: 'gate',
        background: true,
      },
    },
    deadlines: {},
    guards: {
      saysStarted: 'The provider must say that it is started.',
      saysStopped: 'The provider must say that it is stopped.',
      wantsStopped: 'It must be wanted stopped once the provider is done.',
      desiresStopped: `The ${noun} must be stopped first.`,
      followsProvider: "The host must follow the provider's status after a restart.",
    },
    statuses: ['Started', 'Stopped', 'Unknown'],
    canonical: { Started: 'active', Stopped: 'suspended', Unknown: 'unknown' },
    // While a change is under way a read shows the status last known, `Unknown` before the first.
    status: (_, { status: known }) => wireStatus(known),
    // Equal base paths exclude each other for good; a plugin looks for those above and below.
    claims: (_, { definition: own, candidate }) => [
      ...new Set(
        [own, candidate].flatMap((each) =>
          each?.kind === 'api' ? [`zosconnect/basePath${each.basePath}`] : [],
        ),
      ),
    ],
    facet: ({ desired, candidate, after }) => ({
      kind,
      desired,
      candidate: candidate !== null,
      after,
    }),
    actors: [{ id: 'ADMIN', roles: ['admin'] }],
  })
}

// A failure that says nothing but its message is the host's own: then nobody knows the status.
function failure(): t.Mixed {
  return t.strict({
    operation: otherwise(t.union([Operation, t.null]), null),
    code: otherwise(t.union([t.Integer, ErrorCode]), 'internal-error'),
    message: t.string,
    status: otherwise(Status, 'unknown'),
  })
}

function otherwise<A>(codec: t.Type<A, unknown>, fallback: A): t.Type<A, unknown> {
  return new t.Type(
    codec.name,
    codec.is,
    (u, c) => (u === undefined ? t.success(fallback) : codec.validate(u, c)),
    codec.encode,
  )
}

function chartOf(kind: Kind) {
  const ok = ['clearProblem', 'keepStatus'] as const
  const bad = ['keepProblem', 'keepStatus'] as const
  // Work that was asked for before the host ran anew is not to be done any more: what is still wanted is asked for again.
  const resumed = ['supersede', 'dropCandidate', 'adopt', 'keepStatus'] as const
  const driven = ['supersede', 'dropCandidate', 'keepStatus'] as const
  const archive = ({ context }: { context: ArtefactContext }): { archive: Archive } => ({
    archive: context.definition.archive,
  })
  return setup({
    types: {
      context: {} as ArtefactContext,
      events: {} as ServiceEvent,
      input: {} as { readonly definition: Definition; readonly desired: DesiredStatus },
    },
    actions: {
      'provider.register': effect<{ readonly definition: Definition }>(),
      'provider.start': effect<{ readonly archive: Archive }>(),
      'provider.stop': effect<{ readonly archive: Archive }>(),
      'provider.update': effect<{ readonly definition: Definition; readonly replaces: Archive }>(),
      'provider.deregister': effect<{ readonly definition: Definition }>(),
      'gate.drain': effect(),
      supersede: effect(),
      wantStarted: assign({ desired: 'started' }),
      wantStopped: assign({ desired: 'stopped' }),
      keepCandidate: assign(({ event }) =>
        event.type === 'service.update'
          ? { candidate: event.definition, after: event.desired }
          : {},
      ),
      dropCandidate: assign({ candidate: null, after: null }),
      promote: assign(({ context: { definition, candidate, desired, after } }) => ({
        definition: candidate ?? definition,
        desired: after ?? desired,
        candidate: null,
        after: null,
      })),
      keepProblem: assign(({ event }) =>
        event.type === 'provider.failed'
          ? { problem: { operation: event.operation, code: event.code, message: event.message } }
          : {},
      ),
      clearProblem: assign({ problem: null }),
      keepStatus: assign(({ event }) => ('status' in event ? { status: event.status } : {})),
      adopt: assign(({ event }) =>
        'status' in event && event.status !== 'unknown' ? { desired: event.status } : {},
      ),
    },
    guards: {
      saysStarted: ({ event }) => 'status' in event && event.status === 'started',
      saysStopped: ({ event }) => 'status' in event && event.status === 'stopped',
      wantsStopped: ({ context: { after, desired } }) => (after ?? desired) === 'stopped',
      desiresStopped: ({ context }) => context.desired === 'stopped',
      followsProvider: ({ event }) => event.type === 'host.resumed' && event.policy === 'provider',
    },
  }).createMachine({
    id: `zosconnect/${kind}`,
    context: ({ input }) => ({
      kind,
      definition: input.definition,
      desired: input.desired,
      candidate: null,
      after: null,
      problem: null,
      status: 'unknown',
    }),
    initial: 'deploying',
    states: {
      deploying: {
        entry: {
          type: 'provider.register',
          params: ({ context: { definition } }) => ({ definition }),
        },
        on: {
          'provider.registered': settle(ok),
          'provider.failed': { target: 'undeployed', actions: bad },
        },
      },
      starting: {
        entry: { type: 'provider.start', params: archive },
        on: {
          'service.start': { actions: 'wantStarted' },
          'provider.reported': byStatus(ok),
          'provider.failed': byStatus(bad),
        },
      },
      started: {
        on: {
          'service.start': {
            actions: ['wantStarted', { type: 'provider.start', params: archive }],
          },
          'service.stop': { target: 'stopping', actions: 'wantStopped' },
          'provider.reported': byStatus(ok, 'started'),
          'provider.failed': byStatus(bad, 'started'),
        },
      },
      stopping: {
        entry: { type: 'provider.stop', params: archive },
        on: {
          'service.stop': { actions: 'wantStopped' },
          'provider.reported': byStatus(ok),
          'provider.failed': byStatus(bad),
        },
      },
      stopped: {
        initial: 'draining',
        on: {
          'service.start': { target: 'starting', actions: 'wantStarted' },
          'service.stop': { actions: ['wantStopped', { type: 'provider.stop', params: archive }] },
          'service.update': { target: 'updating', actions: ['wantStopped', 'keepCandidate'] },
          // An API's requests must have ended first: only `quiet` has the row.
          ...(kind === 'api'
            ? {}
            : { 'service.delete': { target: 'undeploying', actions: 'wantStopped' } }),
          'provider.reported': byStatus(ok, 'stopped'),
          'provider.failed': byStatus(bad, 'stopped'),
        },
        states: {
          draining: { entry: 'gate.drain', on: { 'service.drained': 'quiet' } },
          quiet: {
            on: { 'service.delete': { target: '#undeploying', actions: 'wantStopped' } },
          },
        },
      },
      unknown: {
        on: {
          'service.start': { target: 'starting', actions: 'wantStarted' },
          'service.stop': { target: 'stopping', actions: 'wantStopped' },
          'service.update': {
            guard: 'desiresStopped',
            target: 'updating',
            actions: 'keepCandidate',
          },
          'service.delete': { guard: 'desiresStopped', target: 'undeploying' },
          'provider.reported': byStatus(ok, 'unknown'),
          'provider.failed': byStatus(bad, 'unknown'),
        },
      },
      updating: {
        entry: {
          type: 'provider.update',
          params: ({ context: { candidate, definition } }) => ({
            definition: candidate ?? definition,
            replaces: definition.archive,
          }),
        },
        on: {
          'provider.updated': settle(['promote', ...ok]),
          'provider.failed': byStatus(['dropCandidate', ...bad]),
        },
      },
      undeploying: {
        id: 'undeploying',
        entry: {
          type: 'provider.deregister',
          params: ({ context: { definition } }) => ({ definition }),
        },
        on: {
          'provider.deregistered': 'undeployed',
          'provider.failed': byStatus(bad),
          'host.resumed': { target: 'undeploying', reenter: true, actions: 'supersede' },
        },
      },
      undeployed: { type: 'final', on: { 'host.resumed': {} } },
    },
    on: {
      'host.resumed': [
        {
          guard: and(['followsProvider', 'saysStarted']),
          target: '.started',
          actions: resumed,
        },
        {
          guard: and(['followsProvider', 'saysStopped']),
          target: '.stopped',
          actions: resumed,
        },
        { guard: 'followsProvider', target: '.unknown', actions: resumed },
        { guard: and(['desiresStopped', 'saysStopped']), target: '.stopped', actions: driven },
        { guard: 'desiresStopped', target: '.stopping', actions: driven },
        { guard: 'saysStarted', target: '.started', actions: driven },
        { target: '.starting', actions: driven },
      ],
    },
  })
}

// To where the status says; no target when that is here, so that nothing is left and entered again.
function byStatus(actions: ReadonlyArray<Note>, here?: Settled): ReadonlyArray<Row<Settled>> {
  const to = (target: Settled): Row<Settled> =>
    target === here ? { actions } : { target, actions }
  return [
    { guard: 'saysStarted', ...to('started') },
    { guard: 'saysStopped', ...to('stopped') },
    to('unknown'),
  ]
}

// To the wanted state when the status says that it is reached, else on the way there.
function settle(actions: ReadonlyArray<Note>) {
  return [
    { guard: and(['wantsStopped', 'saysStopped']), target: 'stopped', actions },
    { guard: 'wantsStopped', target: 'stopping', actions },
    { guard: 'saysStarted', target: 'started', actions },
    { target: 'starting', actions },
  ] as const
}
