import * as t from 'io-ts'
import { and, assign, not, setup } from 'xstate'
import type { Canonical } from '../../canonical.ts'
import { until } from '../../deadline.ts'
import { effect } from '../../effect.ts'
import { defineLifecycle } from '../../lifecycle.ts'
import type { Lifecycle } from '../../lifecycle.ts'
import { ServiceContext, ServiceName, ServiceStatus } from './codecs.ts'
import type { GcoreSettings } from './codecs.ts'
import {
  BillingActivated,
  BillingRestored,
  BillingSuspended,
  ConfigureService,
  CreateService,
  UsageExceeded,
  UseService,
} from './events.ts'
import type { ServiceEvent } from './events.ts'
import { activationSpan, retentionSpan, spanOf, trialSpan, writeOptions } from './options.ts'
import { needsActivation, standingOf, trialLeft, trialOffered, trialResumable } from './rules.ts'

/** What a driver is told of the service it works on. */
export const ServiceWork = t.readonly(
  t.strict({ service: t.number, product: ServiceName, client: t.number }),
  'ServiceWork',
)
export type ServiceWork = t.TypeOf<typeof ServiceWork>

/** What a driver is told when a service goes into use: also whether it is a trial or paid for. */
export const UseWork = t.readonly(
  t.strict({
    service: t.number,
    product: ServiceName,
    client: t.number,
    plan: t.keyof({ trial: null, paid: null }),
  }),
  'UseWork',
)
export type UseWork = t.TypeOf<typeof UseWork>

/**
 * The lifecycle of one product of one client, under the given terms.
 *
 * @see https://gcore.com/docs/api-reference/iam-resellers/services
 */
export const createGcoreLifecycle = (settings: GcoreSettings = {}): Lifecycle =>
  defineLifecycle<ServiceContext>({
    name: 'gcore/service',
    provider: 'gcore',
    version: 1,
    machine: serviceChart(settings),
    context: ServiceContext,
    creation: 'service.create',
    commands: COMMANDS,
    reports: REPORTS,
    effects: {
      provision: { params: UseWork, words: 'Provide the product, or change its plan', reports: {} },
      suspend: {
        params: ServiceWork,
        words: 'Take the product out of use, keep its data',
        reports: {},
      },
      resume: { params: UseWork, words: 'Put the product back into use', reports: {} },
      wipe: { params: ServiceWork, words: 'Delete the product and its data', reports: {} },
    },
    deadlines: {
      trialEnds: 'The trial has lasted all its days',
      activationFinishes: 'The activation is finished',
      retentionPasses: 'The suspended product is kept no longer',
    },
    guards: {
      isAdmin: 'Only an admin may ask for this.',
      available: 'The product must be available to the client.',
      trialOffered: 'The product must have a trial.',
      trialLeft: 'The trial must have time left.',
      wasTrial: 'The service must have been in its trial before.',
      trialResumable: 'The service must come from its trial, with time left.',
      needsActivation: 'The product must need an activation first.',
      inBatch: 'The service must have been paused by the same billing run.',
      deadlineMoves: 'The values written must move the deadline that is running.',
    },
    statuses: Object.keys(ServiceStatus.keys),
    canonical: {
      // It is there and not in use: nothing leads on from it by itself.
      new: 'suspended',
      trial: 'active',
      trialend: 'suspended',
      activating: 'updating',
      active: 'active',
      paused: 'suspended',
      deleted: 'deleted',
    } satisfies Readonly<Record<ServiceStatus, Canonical>>,
    status: String,
    // The batch of those that are paused, so that a run can be undone without a look at the others.
    labels: (value, { name, batch }) => ({
      product: name,
      ...(value === 'paused' && batch !== null ? { batch } : {}),
    }),
    facet: (context) => ({
      wasTrial: context.previousStatus === 'trial',
      trialStarted: context.trialStarted,
      trialOffered: trialOffered(settings, context),
      trialLeft: trialLeft(settings, context),
      provisioned: context.provisioned,
      needsActivation: needsActivation(settings, context),
      batch: context.batch,
      options: context.options,
    }),
    actors: [
      { id: '1', roles: ['admin'] },
      { id: '7', roles: ['reseller'] },
    ],
  })

// -- internals

const COMMANDS = {
  'service.create': {
    payload: CreateService,
    words: 'Add a product to a client',
    examples: [
      { type: 'service.create', id: 21797, name: 'CDN', client: 3989 },
      { type: 'service.create', id: 21800, name: 'DNS', client: 3989 },
      { type: 'service.create', id: 21802, name: 'CLOUD', client: 3989 },
    ],
  },
  'trial.start': {
    payload: UseService,
    words: 'Start the trial, or go on with it',
    examples: [
      { type: 'trial.start', available: true },
      { type: 'trial.start', available: false },
      { type: 'trial.start', available: true, options: { CDN_TRIAL_DAYS_LIMIT: '28' } },
    ],
  },
  'trial.end': {
    payload: ConfigureService,
    words: 'End the trial',
    examples: [{ type: 'trial.end' }],
  },
  'service.activate': {
    payload: UseService,
    words: 'Put the product into paid use',
    examples: [
      { type: 'service.activate', available: true },
      { type: 'service.activate', available: false },
      {
        type: 'service.activate',
        available: true,
        options: { activating_to_active_minutes: '0' },
      },
    ],
  },
  'service.pause': {
    payload: ConfigureService,
    words: 'Pause the product',
    examples: [{ type: 'service.pause' }],
  },
  'service.delete': {
    payload: ConfigureService,
    words: 'Delete the product',
    examples: [{ type: 'service.delete' }],
  },
  'service.configure': {
    payload: ConfigureService,
    words: 'Write options or the product switch',
    examples: [
      { type: 'service.configure', enabled: true },
      { type: 'service.configure', options: { CDN_TRIAL_DAYS_LIMIT: '0' } },
      { type: 'service.configure', options: { CDN_TRIAL_DAYS_LIMIT: '28' } },
      { type: 'service.configure', options: { activating_to_active_minutes: '0' } },
      {
        type: 'service.configure',
        options: { trialend_to_deleted_days: '10', paused_to_deleted_days: '10' },
      },
    ],
  },
}

const REPORTS = {
  'usage.exceeded': {
    payload: UsageExceeded,
    words: 'The trial has used up a limit',
    examples: [{ type: 'usage.exceeded', option: 'CDN_TRIAL_TRAFFIC_LIMIT' }],
  },
  'billing.activated': {
    payload: BillingActivated,
    words: 'The product was paid for',
    examples: [
      { type: 'billing.activated', available: true },
      { type: 'billing.activated', available: false },
    ],
  },
  'billing.suspended': {
    payload: BillingSuspended,
    words: 'A billing run suspends the product',
    examples: [{ type: 'billing.suspended', batch: 'b1', reason: 'unpaid' }],
  },
  'billing.restored': {
    payload: BillingRestored,
    words: 'A billing run is undone',
    examples: [
      { type: 'billing.restored', batch: 'b1', available: true },
      { type: 'billing.restored', batch: 'b1', available: false },
      { type: 'billing.restored', batch: 'b2', available: true },
    ],
  },
}

// The end of the year 9999: a deadline beyond it never comes, and no instant is spelled with five digits.
const END_OF_TIME = 253_402_300_799_999

const due = (at: number): number => (at > END_OF_TIME ? Infinity : at)

interface Left {
  readonly left: ServiceStatus
}

const serviceChart = (settings: GcoreSettings) =>
  setup({
    types: {
      context: {} as ServiceContext,
      input: {} as CreateService & { readonly at: number },
      events: {} as ServiceEvent,
    },
    actions: {
      provision: effect<UseWork>(),
      suspend: effect<ServiceWork>(),
      resume: effect<UseWork>(),
      wipe: effect<ServiceWork>(),
      write: assign(({ context, event }, { left }: Left) =>
        written(settings, context, event, left),
      ),
      stamp: assign({
        previousStatus: (_, { left }: Left) => left,
        statusChangedAt: ({ event }) => event.at,
      }),
      finish: assign({ statusChangedAt: ({ event }) => event.at }),
      bankTrial: assign({
        trialSpent: ({ context, event }) => context.trialSpent + event.at - context.trialSince,
      }),
      startTrial: assign({
        trialSince: ({ event }) => event.at,
        start: ({ context, event }) => (context.trialStarted ? context.start : event.at),
        trialStarted: true,
        provisioned: true,
      }),
      armRetention: assign(({ context, event }, { status }: { status: 'trialend' | 'paused' }) => {
        const retentionFrom = context.retentionFrom ?? event.at
        const own = retentionFrom + retentionSpan(settings, context, status)
        return { retentionFrom, deletedDate: Math.min(context.deletedDate ?? own, own) }
      }),
      cancelRetention: assign({ retentionFrom: null, deletedDate: null }),
      markProvisioned: assign({ provisioned: true }),
      markWiped: assign({ provisioned: false, enabled: false }),
      keepBatch: assign({
        batch: ({ event }) => (event.type === 'billing.suspended' ? event.batch : null),
      }),
    },
    guards: {
      isAdmin: ({ event }) => 'actor' in event && standingOf(event.actor) === 'admin',
      available: ({ event }) => 'available' in event && event.available,
      trialOffered: ({ context, event }) =>
        trialOffered(settings, merged(settings, context, event)),
      trialLeft: ({ context, event }) => trialLeft(settings, merged(settings, context, event)),
      wasTrial: ({ context }) => context.previousStatus === 'trial',
      trialResumable: ({ context, event }) =>
        trialResumable(settings, merged(settings, context, event)),
      needsActivation: ({ context, event }) =>
        needsActivation(settings, merged(settings, context, event)),
      inBatch: ({ context, event }) => 'batch' in event && event.batch === context.batch,
      deadlineMoves: ({ context, event }, { left }: Left) =>
        movesDeadline(settings, context, merged(settings, context, event), left),
    },
    delays: {
      trialEnds: until((context: ServiceContext) =>
        due(context.trialSince + trialSpan(settings, context) - context.trialSpent),
      ),
      activationFinishes: until((context: ServiceContext) =>
        due(context.statusChangedAt + activationSpan(settings, context)),
      ),
      retentionPasses: until((context: ServiceContext) => context.deletedDate ?? Infinity),
    },
  }).createMachine({
    id: 'gcore/service',
    context: ({ input: { id, name, client, at } }) => ({
      id,
      name,
      client,
      previousStatus: 'new',
      statusChangedAt: at,
      start: at,
      deletedDate: null,
      enabled: false,
      options: {},
      trialStarted: false,
      trialSince: at,
      trialSpent: 0,
      provisioned: false,
      retentionFrom: null,
      batch: null,
    }),
    initial: 'new',
    states: {
      new: {
        on: {
          'trial.start': {
            guard: and(['available', 'trialOffered']),
            target: 'trial',
            actions: [...from('new'), use('provision', 'trial')],
          },
          'service.activate': activation('new', 'provision'),
          'billing.activated': activation('new', 'provision'),
          'service.delete': deletion('new'),
          'service.configure': { actions: write('new') },
        },
      },
      trial: {
        entry: ['startTrial', 'cancelRetention'],
        exit: 'bankTrial',
        after: { trialEnds: { target: 'trialend', actions: [stamp('trial'), suspend] } },
        on: {
          'usage.exceeded': { target: 'trialend', actions: [...from('trial'), suspend] },
          // A trial is provisioned, so it never needs an activation.
          'service.activate': {
            guard: 'available',
            target: 'active',
            actions: [...from('trial'), use('provision', 'paid')],
          },
          'billing.activated': {
            guard: 'available',
            target: 'active',
            actions: [...from('trial'), use('provision', 'paid')],
          },
          'trial.end': { target: 'trialend', actions: [...from('trial'), suspend] },
          'service.pause': { target: 'paused', actions: [...from('trial'), 'keepBatch', suspend] },
          'billing.suspended': {
            target: 'paused',
            actions: [...from('trial'), 'keepBatch', suspend],
          },
          'service.delete': deletion('trial'),
          'service.configure': configuration('trial'),
        },
      },
      activating: {
        entry: 'cancelRetention',
        after: { activationFinishes: { target: 'active', actions: 'finish' } },
        on: {
          'trial.end': { target: 'trialend', actions: [...from('activating'), suspend] },
          'service.pause': {
            target: 'paused',
            actions: [...from('activating'), 'keepBatch', suspend],
          },
          'billing.suspended': {
            target: 'paused',
            actions: [...from('activating'), 'keepBatch', suspend],
          },
          'service.delete': deletion('activating'),
          'service.configure': configuration('activating'),
        },
      },
      active: {
        entry: ['markProvisioned', 'cancelRetention'],
        on: {
          'trial.end': { target: 'trialend', actions: [...from('active'), suspend] },
          'service.pause': { target: 'paused', actions: [...from('active'), 'keepBatch', suspend] },
          'billing.suspended': {
            target: 'paused',
            actions: [...from('active'), 'keepBatch', suspend],
          },
          'service.delete': deletion('active'),
          'service.configure': { actions: write('active') },
        },
      },
      trialend: {
        entry: { type: 'armRetention', params: { status: 'trialend' } },
        after: { retentionPasses: { target: 'deleted', actions: stamp('trialend') } },
        on: {
          'trial.start': {
            guard: and(['isAdmin', 'available', 'trialLeft']),
            target: 'trial',
            actions: [...from('trialend'), use('resume', 'trial')],
          },
          'service.activate': activation('trialend', 'resume'),
          'billing.activated': activation('trialend', 'resume'),
          'service.pause': { target: 'paused', actions: [...from('trialend'), 'keepBatch'] },
          'service.delete': deletion('trialend'),
          'service.configure': configuration('trialend'),
        },
      },
      paused: {
        entry: { type: 'armRetention', params: { status: 'paused' } },
        after: { retentionPasses: { target: 'deleted', actions: stamp('paused') } },
        on: {
          'trial.start': [
            {
              guard: and(['isAdmin', 'available', 'trialLeft']),
              target: 'trial',
              actions: [...from('paused'), use('resume', 'trial')],
            },
            {
              guard: and(['available', 'trialResumable']),
              target: 'trial',
              actions: [...from('paused'), use('resume', 'trial')],
            },
          ],
          'trial.end': { target: 'trialend', actions: from('paused') },
          'service.activate': activation('paused', 'resume'),
          'billing.activated': activation('paused', 'resume'),
          'billing.restored': [
            {
              guard: and(['inBatch', 'available', 'trialResumable']),
              target: 'trial',
              actions: [...from('paused'), use('resume', 'trial')],
            },
            {
              guard: and(['inBatch', 'wasTrial', not('trialLeft')]),
              target: 'trialend',
              actions: from('paused'),
            },
            {
              guard: and(['inBatch', not('wasTrial'), 'available', 'needsActivation']),
              target: 'activating',
              actions: [...from('paused'), use('resume', 'paid')],
            },
            {
              guard: and(['inBatch', not('wasTrial'), 'available']),
              target: 'active',
              actions: [...from('paused'), use('resume', 'paid')],
            },
          ],
          'service.delete': deletion('paused'),
          'service.configure': configuration('paused'),
        },
      },
      deleted: {
        entry: ['cancelRetention', 'markWiped', { type: 'wipe', params: workOf }],
        on: {
          'service.activate': activation('deleted', 'provision'),
          'billing.activated': activation('deleted', 'provision'),
          'service.configure': { actions: write('deleted') },
        },
      },
    },
  })

const write = <const Status extends ServiceStatus>(left: Status) =>
  ({ type: 'write', params: { left } }) as const

const stamp = <const Status extends ServiceStatus>(left: Status) =>
  ({ type: 'stamp', params: { left } }) as const

const from = <const Status extends ServiceStatus>(left: Status) =>
  [write(left), stamp(left)] as const

const workOf = ({ context }: { readonly context: ServiceContext }): ServiceWork => ({
  service: context.id,
  product: context.name,
  client: context.client,
})

const suspend = { type: 'suspend', params: workOf } as const

const use = <const Type extends 'provision' | 'resume'>(type: Type, plan: UseWork['plan']) =>
  ({
    type,
    params: (args: { readonly context: ServiceContext }): UseWork => ({ ...workOf(args), plan }),
  }) as const

const activation = (left: ServiceStatus, work: 'provision' | 'resume') =>
  [
    {
      guard: and(['available', 'needsActivation']),
      target: 'activating',
      actions: [...from(left), use(work, 'paid')],
    },
    { guard: 'available', target: 'active', actions: [...from(left), use(work, 'paid')] },
  ] as const

const deletion = (left: ServiceStatus) =>
  ({ guard: 'isAdmin', target: 'deleted', actions: from(left) }) as const

// Where a deadline runs, a write that moves it enters the state anew, which arms it anew.
const configuration = <const Status extends ServiceStatus>(status: Status) =>
  [
    {
      guard: { type: 'deadlineMoves', params: { left: status } },
      target: status,
      reenter: true,
      actions: write(status),
    },
    { actions: write(status) },
  ] as const

const merged = (
  settings: GcoreSettings,
  context: ServiceContext,
  event: ServiceEvent,
): ServiceContext =>
  'options' in event && event.options !== undefined
    ? writeOptions(settings, context, event.options)
    : context

const movesDeadline = (
  settings: GcoreSettings,
  before: ServiceContext,
  after: ServiceContext,
  status: ServiceStatus,
): boolean => spanOf(settings, before, status) !== spanOf(settings, after, status)

// A retention that is running follows the new span; `armRetention` could otherwise only shorten it.
const written = (
  settings: GcoreSettings,
  context: ServiceContext,
  event: ServiceEvent,
  left: ServiceStatus,
): Partial<ServiceContext> => {
  const { options } = merged(settings, context, event)
  const after = { ...context, options }
  const retained = left === 'trialend' || left === 'paused'
  return {
    options,
    ...('enabled' in event && event.enabled !== undefined ? { enabled: event.enabled } : {}),
    ...(retained && context.retentionFrom !== null && movesDeadline(settings, context, after, left)
      ? { deletedDate: context.retentionFrom + retentionSpan(settings, after, left) }
      : {}),
  }
}

// Made when the module loads, so it stands after everything that it is made of.
/** The lifecycle under the vendor's published terms. */
export const gcoreService: Lifecycle = createGcoreLifecycle()
