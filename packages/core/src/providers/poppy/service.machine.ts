import * as t from 'io-ts'
import { and, assign, setup } from 'xstate'
import type { Canonical } from '../../canonical.ts'
import { until } from '../../deadline.ts'
import { effect } from '../../effect.ts'
import { defineLifecycle } from '../../lifecycle.ts'
import type { EffectSpec, EventSpec, Lifecycle } from '../../lifecycle.ts'
import type { ServiceRef } from '../../ref.ts'
import type { StateValue } from '../../state.ts'
import {
  AccessUrl,
  ExchangeCertificates,
  PointDns,
  Provision,
  Purge,
  Remove,
  RemoveCertificate,
  ServiceConfig,
  ServiceContext,
  ServiceStatus,
  Update,
} from './codecs.ts'

/** What a Poppy lifecycle can be told. */
export interface PoppySettings {
  /** How long work may take before it counts as failed, in ms; 600,000 unless said. */
  readonly effectTimeoutMs?: number
}

/**
 * Makes the lifecycle of a Poppy service: what the tenant's and the operator's commands may do to it, and what the
 * provider's reports and their absence make of it.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const createPoppyLifecycle = ({
  effectTimeoutMs = 600_000,
}: PoppySettings = {}): Lifecycle =>
  defineLifecycle<ServiceContext>({
    name: 'poppy/service',
    provider: 'poppy',
    version: 1,
    machine: createMachine(effectTimeoutMs),
    context: ServiceContext,
    creation: 'service.create',
    commands: {
      'service.create': {
        payload: t.strict({ config: ServiceConfig, provider: t.string }),
        words: 'Create the service',
        examples: [{ type: 'service.create', config: EXAMPLE, provider: 'mock' }],
      },
      'service.update': {
        payload: t.strict({ config: ServiceConfig }),
        words: 'Change the configuration',
        examples: [
          { type: 'service.update', config: EXAMPLE },
          { type: 'service.update', config: SECURED_EXAMPLE },
        ],
      },
      'service.purge': {
        payload: t.strict({ hard: t.boolean, url: t.string }),
        words: 'Purge cached content',
        examples: [
          { type: 'service.purge', hard: true, url: '/*' },
          { type: 'service.purge', hard: false, url: '/*' },
        ],
      },
      'service.delete': {
        payload: t.strict({}),
        words: 'Delete the service',
        examples: [{ type: 'service.delete' }],
      },
      'service.setStatus': {
        payload: t.strict({
          status: t.keyof({ deployed: null, failed: null }),
          flavorExists: t.boolean,
        }),
        words: 'Override the status',
        examples: [
          { type: 'service.setStatus', status: 'deployed', flavorExists: true },
          { type: 'service.setStatus', status: 'failed', flavorExists: true },
          { type: 'service.setStatus', status: 'failed', flavorExists: false },
        ],
      },
      'service.disable': {
        payload: t.strict({}),
        words: 'Disable the service',
        examples: [{ type: 'service.disable' }],
      },
      'service.enable': {
        payload: t.strict({}),
        words: 'Enable the service',
        examples: [{ type: 'service.enable' }],
      },
      'service.setOperatorUrl': {
        payload: t.strict({ domain: t.string, operatorUrl: t.string }),
        words: 'Change the access URL of a domain',
        examples: [
          {
            type: 'service.setOperatorUrl',
            domain: EXAMPLE_URL.domain,
            operatorUrl: `${EXAMPLE_URL.domain}.cdn2.example.net`,
          },
          {
            type: 'service.setOperatorUrl',
            domain: 'unknown.example.com',
            operatorUrl: 'unknown.example.com.cdn2.example.net',
          },
        ],
      },
    },
    reports: {
      'service.provisioned': {
        payload: Served,
        words: 'The service is deployed',
        examples: [{ type: 'service.provisioned', accessUrls: [EXAMPLE_URL], logUrl: null }],
      },
      'service.provisionFailed': failure('service.provisionFailed', 'The service was not deployed'),
      'service.updated': {
        payload: Served,
        words: 'The change is deployed',
        examples: [{ type: 'service.updated', accessUrls: [EXAMPLE_URL], logUrl: null }],
      },
      'service.updateFailed': failure('service.updateFailed', 'The change was not deployed'),
      'service.purged': {
        payload: t.strict({}),
        words: 'The content is purged',
        examples: [{ type: 'service.purged' }],
      },
      'service.purgeFailed': failure('service.purgeFailed', 'The content was not purged'),
      'service.removed': {
        payload: t.strict({}),
        words: 'The service is gone',
        examples: [{ type: 'service.removed' }],
      },
      'service.removeFailed': failure('service.removeFailed', 'The service was not removed'),
    },
    effects: {
      provision: {
        params: Provision,
        words: 'Deploy the service at the provider',
        reports: outcomes('service.provisioned', 'service.provisionFailed'),
      },
      update: {
        params: Update,
        words: 'Deploy the changed service at the provider',
        reports: outcomes('service.updated', 'service.updateFailed'),
      },
      purge: {
        params: Purge,
        words: 'Purge cached content at the provider',
        reports: outcomes('service.purged', 'service.purgeFailed'),
      },
      remove: {
        params: Remove,
        words: 'Remove the service from the provider',
        reports: outcomes('service.removed', 'service.removeFailed'),
      },
      pointDns: {
        params: PointDns,
        words: 'Point the DNS to the edge, or away from it',
        reports: {},
        background: true,
      },
      removeCertificate: {
        params: RemoveCertificate,
        words: 'Give back the certificates of the service',
        reports: {},
        background: true,
      },
      exchangeCertificates: {
        params: ExchangeCertificates,
        words: 'Ask for the certificates that the change needs, and give back the others',
        reports: {},
        // Not behind the provider's work: a later generation would call it off.
        lane: 'certificates',
        background: true,
      },
    },
    deadlines: { effectTimeout: 'The work was not reported in time and counts as failed' },
    guards: {
      enabled: 'The service must not be disabled.',
      flavorExists: 'The flavor of the service must exist.',
      hard: 'The purge must be a hard one.',
      toDeployed: 'The status asked for must be deployed.',
      certificatesChange: 'The change must need other certificates.',
      served: 'The domain must have an access URL, and no shared certificate.',
    },
    statuses: Object.keys(ServiceStatus.keys),
    canonical: {
      create_in_progress: 'creating',
      deployed: 'active',
      update_in_progress: 'updating',
      delete_in_progress: 'deleting',
      failed: 'failed',
      disabled: 'suspended',
      deleted: 'deleted',
    } satisfies Readonly<Record<ServiceStatus, Canonical>>,
    status: (value) =>
      regionOf(value, 'operator') === 'disabled' ? 'disabled' : regionOf(value, 'lifecycle'),
    labels: (value) => ({ lifecycle: regionOf(value, 'lifecycle') }),
    claims: (_, { config }) => config.domains.map(({ domain }) => domainClaim(domain)),
    quotas: (value, { project }) =>
      regionOf(value, 'lifecycle') === 'delete_in_progress' ? [] : [servicesQuota(project)],
    facet: ({ enabled, config, accessUrls, purges }) => ({
      enabled,
      secured: certificatesOf(config).length > 0,
      served: accessUrls.some(({ shared }) => !shared),
      purging: purges > 0,
    }),
    actors: [{ id: 'acme-7', roles: [] }],
  })

/** Spells the claim on a domain, which one service in all projects may hold. */
export const domainClaim = (domain: string): string => `poppy/domain/${domain}`

/** Spells the counter of a project's services. */
export const servicesQuota = (project: string): string => `poppy/services/${project}`

// -- internals

type ServiceInput = {
  readonly config: ServiceConfig
  readonly provider: string
  readonly at: number
  readonly ref: ServiceRef
}

type ServiceEvent = { readonly at: number } & (
  | { readonly type: 'service.update'; readonly config: ServiceConfig }
  | { readonly type: 'service.purge'; readonly hard: boolean; readonly url: string }
  | { readonly type: 'service.delete' }
  | {
      readonly type: 'service.setStatus'
      readonly status: 'deployed' | 'failed'
      readonly flavorExists: boolean
    }
  | { readonly type: 'service.disable' }
  | { readonly type: 'service.enable' }
  | {
      readonly type: 'service.setOperatorUrl'
      readonly domain: string
      readonly operatorUrl: string
    }
  | ({ readonly type: 'service.provisioned' } & Served)
  | { readonly type: 'service.provisionFailed'; readonly message: string }
  | ({ readonly type: 'service.updated' } & Served)
  | { readonly type: 'service.updateFailed'; readonly message: string }
  | { readonly type: 'service.purged' }
  | { readonly type: 'service.purgeFailed'; readonly message: string }
  | { readonly type: 'service.removed' }
  | { readonly type: 'service.removeFailed'; readonly message: string }
)

const Served = t.strict({
  accessUrls: t.readonlyArray(AccessUrl),
  logUrl: t.union([t.string, t.null]),
})
type Served = Readonly<t.TypeOf<typeof Served>>

const IDLE = { since: null, purges: 0 }

const createMachine = (effectTimeoutMs: number) => {
  const timeout = [
    'supersede',
    { type: 'fail', params: { message: `Timed out after ${effectTimeoutMs / 1000} s` } },
  ] as const
  return setup({
    types: {
      context: {} as ServiceContext,
      input: {} as ServiceInput,
      events: {} as ServiceEvent,
    },
    actions: {
      supersede: effect(),
      acknowledge: effect(),
      provision: effect<Provision>(),
      update: effect<Update>(),
      purge: effect<Purge>(),
      remove: effect<Remove>(),
      pointDns: effect<PointDns>(),
      removeCertificate: effect<RemoveCertificate>(),
      exchangeCertificates: effect<ExchangeCertificates>(),
      begin: assign((_, { at }: { readonly at: number }) => ({ since: at, purges: 0 })),
      rest: assign(IDLE),
      configure: assign((_, { config }: { readonly config: ServiceConfig }) => ({ config })),
      serve: assign((_, { accessUrls, logUrl }: Served) => ({
        ...IDLE,
        accessUrls,
        logUrl,
        errors: [],
      })),
      fail: assign((_, { message }: { readonly message: string }) => ({
        ...IDLE,
        errors: [message],
      })),
      clear: assign({ ...IDLE, errors: [] }),
      startPurge: assign(({ context: { since, purges } }, { at }: { readonly at: number }) => ({
        since: since ?? at,
        purges: purges + 1,
      })),
      endPurge: assign(
        (
          { context: { purges } },
          { at, errors }: { readonly at: number; readonly errors: ReadonlyArray<string> },
        ) => (purges > 1 ? { since: at, purges: purges - 1, errors } : { ...IDLE, errors }),
      ),
      enable: assign({ enabled: true }),
      disable: assign({ enabled: false }),
      repoint: assign(
        (
          { context },
          { domain, operatorUrl }: { readonly domain: string; readonly operatorUrl: string },
        ) => ({
          accessUrls: context.accessUrls.map((entry) =>
            entry.domain === domain ? { ...entry, operatorUrl } : entry,
          ),
        }),
      ),
    },
    guards: {
      enabled: ({ context }) => context.enabled,
      flavorExists: ({ event }) => event.type === 'service.setStatus' && event.flavorExists,
      hard: ({ event }) => event.type === 'service.purge' && event.hard,
      certificatesChange: ({ context, event }) => {
        if (event.type !== 'service.update') return false
        const { requested, dropped } = exchangeOf(context.config, event.config)
        return requested.length + dropped.length > 0
      },
      toDeployed: ({ event }) => event.type === 'service.setStatus' && event.status === 'deployed',
      served: ({ context, event }) =>
        event.type === 'service.setOperatorUrl' &&
        context.accessUrls.some(({ domain, shared }) => domain === event.domain && !shared),
    },
    delays: {
      effectTimeout: until(({ since }: ServiceContext) =>
        since === null ? Infinity : since + effectTimeoutMs,
      ),
    },
  }).createMachine({
    id: 'poppy/service',
    context: ({ input: { config, provider, at, ref } }) => ({
      project: ref.tenant,
      config,
      provider,
      accessUrls: [],
      logUrl: null,
      errors: [],
      enabled: true,
      since: at,
      purges: 0,
    }),
    type: 'parallel',
    on: {
      'service.setOperatorUrl': {
        guard: 'served',
        actions: [
          {
            type: 'repoint',
            params: ({ event: { domain, operatorUrl } }) => ({ domain, operatorUrl }),
          },
          { type: 'pointDns', params: pointing },
        ],
      },
    },
    states: {
      lifecycle: {
        initial: 'create_in_progress',
        states: {
          create_in_progress: {
            entry: {
              type: 'provision',
              params: ({ context: { provider, config } }) => ({ provider, config }),
            },
            on: {
              'service.provisioned': {
                target: 'deployed',
                actions: { type: 'serve', params: ({ event }) => event },
              },
              'service.provisionFailed': {
                target: 'failed',
                actions: { type: 'fail', params: ({ event }) => event },
              },
              // The status asked for does not count: provisioning runs again and decides.
              'service.setStatus': {
                guard: and(['enabled', 'flavorExists']),
                target: 'create_in_progress',
                reenter: true,
                actions: ['supersede', { type: 'begin', params: ({ event }) => event }],
              },
              'service.delete': deletion,
            },
            after: { effectTimeout: { target: 'failed', actions: [...timeout, repeatDns] } },
          },
          deployed: {
            on: {
              'service.update': change,
              'service.purge': [
                {
                  guard: 'hard',
                  target: 'deployed',
                  reenter: true,
                  actions: [
                    { type: 'startPurge', params: ({ event }) => event },
                    { type: 'purge', params: purging },
                  ],
                },
                {
                  target: 'update_in_progress',
                  actions: [
                    'supersede',
                    { type: 'begin', params: ({ event }) => event },
                    { type: 'purge', params: purging },
                    repeatDns,
                  ],
                },
              ],
              'service.purged': {
                target: 'deployed',
                reenter: true,
                actions: { type: 'endPurge', params: ({ event: { at } }) => ({ at, errors: [] }) },
              },
              'service.purgeFailed': {
                target: 'deployed',
                reenter: true,
                actions: {
                  type: 'endPurge',
                  params: ({ event: { at, message } }) => ({ at, errors: [message] }),
                },
              },
              'service.setStatus': override,
              'service.delete': deletion,
            },
            // Runs only while a hard purge does.
            after: {
              effectTimeout: {
                target: 'deployed',
                reenter: true,
                actions: [...timeout, repeatDns],
              },
            },
          },
          update_in_progress: {
            on: {
              'service.updated': {
                target: 'deployed',
                actions: { type: 'serve', params: ({ event }) => event },
              },
              'service.updateFailed': {
                target: 'failed',
                actions: { type: 'fail', params: ({ event }) => event },
              },
              'service.purged': { target: 'deployed', actions: 'clear' },
              'service.purgeFailed': {
                target: 'failed',
                actions: { type: 'fail', params: ({ event }) => event },
              },
              'service.setStatus': override,
              'service.delete': deletion,
            },
            after: { effectTimeout: { target: 'failed', actions: [...timeout, repeatDns] } },
          },
          delete_in_progress: {
            on: {
              'service.removed': {
                target: ['#deleted', '#closed'],
                actions: [
                  // Nothing asked for beside the removal may touch what another service can now claim.
                  'supersede',
                  'rest',
                  {
                    type: 'removeCertificate',
                    params: ({ context: { provider, config } }) => ({
                      provider,
                      certificates: certificatesOf(config),
                    }),
                  },
                ],
              },
              'service.removeFailed': {
                target: 'failed',
                actions: { type: 'fail', params: ({ event }) => event },
              },
              'service.setStatus': override,
              'service.delete': { actions: 'acknowledge' },
            },
            after: { effectTimeout: { target: 'failed', actions: timeout } },
          },
          failed: {
            on: {
              'service.update': change,
              'service.setStatus': override,
              'service.delete': deletion,
            },
          },
          deleted: { id: 'deleted', type: 'final' },
        },
      },
      operator: {
        initial: 'enabled',
        states: {
          enabled: {
            on: {
              'service.disable': {
                target: 'disabled',
                actions: ['disable', { type: 'pointDns', params: pointing }],
              },
              'service.enable': { actions: 'acknowledge' },
            },
          },
          disabled: {
            on: {
              'service.enable': {
                target: 'enabled',
                actions: ['enable', { type: 'pointDns', params: pointing }],
              },
              'service.disable': { actions: 'acknowledge' },
            },
          },
          // A machine of two regions has ended when both have.
          closed: { id: 'closed', type: 'final' },
        },
      },
    },
  })
}

interface Args<Event = unknown> {
  readonly context: ServiceContext
  readonly event: Event
}

const namesOf = ({ domains }: ServiceConfig): ReadonlyArray<string> =>
  domains.map(({ domain }) => domain)

const certificatesOf = ({ domains }: ServiceConfig): RemoveCertificate['certificates'] =>
  domains.flatMap(({ domain, certificate }) =>
    certificate === 'san' || certificate === 'sni' ? [{ domain, cert_type: certificate }] : [],
  )

// The vendor asks for a certificate by itself only when a domain that was served over http comes under one of many names.
const exchangeOf = (
  before: ServiceConfig,
  after: ServiceConfig,
): Pick<ExchangeCertificates, 'requested' | 'dropped'> => {
  const needed = certificatesOf(after)
  const plain = before.domains.flatMap(({ domain, protocol }) =>
    protocol === 'http' ? [domain] : [],
  )
  return {
    requested: needed.filter(
      ({ domain, cert_type }) => cert_type === 'san' && plain.includes(domain),
    ),
    dropped: certificatesOf(before).filter(
      (had) =>
        !needed.some(
          ({ domain, cert_type }) => domain === had.domain && cert_type === had.cert_type,
        ),
    ),
  }
}

const pointing = ({ context }: Args): PointDns => ({
  provider: context.provider,
  enabled: context.enabled,
  domains: namesOf(context.config),
  accessUrls: context.accessUrls,
})

const purging = ({
  context,
  event: { hard, url },
}: Args<{ readonly hard: boolean; readonly url: string }>): Purge => ({
  provider: context.provider,
  hard,
  url,
  domains: namesOf(context.config),
})

const beginning = ({ event: { at } }: Args<{ readonly at: number }>): { readonly at: number } => ({
  at,
})

// A new generation makes DNS work of the older one stale as well: it is asked for again, so that none is lost.
const repeatDns = { type: 'pointDns', params: pointing } as const

interface Configured {
  readonly config: ServiceConfig
}

const configuring = [
  'supersede',
  { type: 'begin', params: beginning },
  {
    type: 'configure',
    params: ({ event: { config } }: Args<Configured>): Configured => ({ config }),
  },
  {
    type: 'update',
    params: ({ context: { provider, config, accessUrls } }: Args): Update => ({
      provider,
      config,
      accessUrls,
    }),
  },
] as const

const change = [
  {
    guard: and(['enabled', 'certificatesChange']),
    target: 'update_in_progress',
    actions: [
      {
        type: 'exchangeCertificates',
        params: ({
          context: { provider, config: before },
          event: { config },
        }: Args<Configured>): ExchangeCertificates => ({
          provider,
          flavor_id: config.flavor_id,
          ...exchangeOf(before, config),
        }),
      },
      ...configuring,
    ],
  },
  { guard: 'enabled', target: 'update_in_progress', actions: configuring },
] as const

const deletion = {
  target: 'delete_in_progress',
  actions: [
    'supersede',
    { type: 'begin', params: beginning },
    {
      type: 'remove',
      params: ({ context: { provider, config, accessUrls } }: Args): Remove => ({
        provider,
        config,
        accessUrls,
      }),
    },
  ],
} as const

const override = [
  {
    guard: 'toDeployed',
    target: 'deployed',
    reenter: true,
    actions: ['supersede', 'rest', repeatDns],
  },
  { target: 'failed', reenter: true, actions: ['supersede', 'rest', repeatDns] },
] as const

const regionOf = (value: StateValue, region: 'lifecycle' | 'operator'): string => {
  const place = typeof value === 'string' ? undefined : value[region]
  return typeof place === 'string' ? place : ''
}

const failure = (type: string, words: string): EventSpec => ({
  payload: t.strict({ message: t.string }),
  words,
  examples: [{ type, message: 'the provider said no' }],
})

// Work of which nobody can tell whether it was done counts as failed: doing it again is always safe.
const outcomes = (done: string, failed: string): EffectSpec['reports'] => ({
  done,
  failed,
  unknown: failed,
})

const EXAMPLE: ServiceConfig = {
  name: 'shop',
  domains: [{ domain: 'www.example.com', protocol: 'http', certificate: null }],
  origins: [
    {
      origin: 'origin.example.com',
      port: 80,
      ssl: false,
      rules: [{ name: 'default', request_url: '/*' }],
      hostheadertype: 'domain',
      hostheadervalue: null,
    },
  ],
  restrictions: [],
  caching: [{ name: 'default', ttl: 86_400, rules: [{ name: 'default', request_url: '/*' }] }],
  flavor_id: 'cdn',
  log_delivery: { enabled: false },
}

const SECURED_EXAMPLE: ServiceConfig = {
  ...EXAMPLE,
  domains: [{ domain: 'www.example.com', protocol: 'https', certificate: 'san' }],
}

const EXAMPLE_URL: AccessUrl = {
  domain: 'www.example.com',
  operatorUrl: 'www.example.com.cdn1.example.net',
  providerUrl: '0b7e9d52.edge.mock.example.net',
  shared: false,
}

/** The lifecycle of a Poppy service with the vendor's own times. Made last, of everything above. */
export const poppyService: Lifecycle = createPoppyLifecycle()
