import * as t from 'io-ts'
import { assign, setup } from 'xstate'
import type { Canonical } from '../../canonical.ts'
import { until } from '../../deadline.ts'
import { effect } from '../../effect.ts'
import { JsonObject } from '../../json.ts'
import { defineLifecycle } from '../../lifecycle.ts'
import type { Lifecycle } from '../../lifecycle.ts'
import type { ServiceRef } from '../../ref.ts'
import {
  CertificateContext,
  CertificateOrder,
  CertificateRecordStatus,
  CertificateType,
} from './codecs.ts'
import type { PoppySettings } from './service.machine.ts'

/**
 * Makes the lifecycle of a certificate of its own: a provider makes it, an operator may say what became of it, and a record
 * that is deleted is gone at once.
 *
 * @see https://github.com/openstack-archive/poppy
 */
export const createCertificateLifecycle = ({
  effectTimeoutMs = 600_000,
}: PoppySettings = {}): Lifecycle =>
  defineLifecycle<CertificateContext>({
    name: 'poppy/certificate',
    provider: 'poppy',
    version: 1,
    machine: createMachine(effectTimeoutMs),
    context: CertificateContext,
    creation: 'certificate.create',
    commands: {
      'certificate.create': {
        payload: Wanted,
        words: 'Ask for the certificate',
        examples: [
          {
            type: 'certificate.create',
            domain_name: 'www.example.com',
            cert_type: 'san',
            flavor_id: 'cdn',
            provider: 'mock',
          },
        ],
      },
      'certificate.setStatus': {
        payload: t.strict({ status: CertificateRecordStatus }),
        words: 'Override the status',
        examples: Object.keys(CertificateRecordStatus.keys).map((status) => ({
          type: 'certificate.setStatus',
          status,
        })),
      },
      'certificate.delete': {
        payload: t.strict({}),
        words: 'Delete the certificate',
        examples: [{ type: 'certificate.delete' }],
      },
    },
    reports: {
      'certificate.deployed': {
        payload: t.strict({ details: JsonObject }),
        words: 'The certificate is deployed',
        examples: [{ type: 'certificate.deployed', details: { mock: {} } }],
      },
      'certificate.failed': {
        payload: t.strict({ message: t.string }),
        words: 'The certificate was not made',
        examples: [{ type: 'certificate.failed', message: 'the provider said no' }],
      },
    },
    effects: {
      provisionCertificate: {
        params: CertificateOrder,
        words: 'Have the certificate made by the provider',
        reports: {
          done: 'certificate.deployed',
          failed: 'certificate.failed',
          unknown: 'certificate.failed',
        },
      },
      withdrawCertificate: {
        params: CertificateOrder,
        words: 'Give the certificate back to the provider',
        reports: {},
        background: true,
      },
    },
    deadlines: { effectTimeout: 'The work was not reported in time and counts as failed' },
    guards: {
      toCreate: 'The status asked for must be create_in_progress.',
      toDeployed: 'The status asked for must be deployed.',
      toFailed: 'The status asked for must be failed.',
    },
    statuses: [...Object.keys(CertificateRecordStatus.keys), 'deleted'],
    canonical: {
      create_in_progress: 'creating',
      deployed: 'active',
      failed: 'failed',
      cancelled: 'suspended',
      deleted: 'deleted',
    } satisfies Readonly<Record<CertificateRecordStatus | 'deleted', Canonical>>,
    status: (value) => (typeof value === 'string' ? value : ''),
    claims: (_, { cert_type, domain_name }) => [certificateClaim(cert_type, domain_name)],
    facet: () => null,
    actors: [{ id: 'acme-7', roles: [] }],
  })

/** Spells the claim on the certificate of a domain, of which there is one of each type in all projects. */
export const certificateClaim = (type: CertificateType, domain: string): string =>
  `poppy/certificate/${type}/${domain}`

/** Names the record of a domain's certificate in a project; no service has such an id. */
export const certificateRef = (
  project: string,
  type: CertificateType,
  domain: string,
): ServiceRef => ({ provider: 'poppy', tenant: project, id: `${type}.${domain}` })

// -- internals

const Wanted = t.strict({
  domain_name: t.string,
  cert_type: CertificateType,
  flavor_id: t.string,
  provider: t.string,
})
type Wanted = Readonly<t.TypeOf<typeof Wanted>>

type CertificateInput = Wanted & { readonly at: number; readonly ref: ServiceRef }

type CertificateEvent = { readonly at: number } & (
  | { readonly type: 'certificate.setStatus'; readonly status: CertificateRecordStatus }
  | { readonly type: 'certificate.delete' }
  | { readonly type: 'certificate.deployed'; readonly details: JsonObject }
  | { readonly type: 'certificate.failed'; readonly message: string }
)

const createMachine = (effectTimeoutMs: number) =>
  setup({
    types: {
      context: {} as CertificateContext,
      input: {} as CertificateInput,
      events: {} as CertificateEvent,
    },
    actions: {
      supersede: effect(),
      provisionCertificate: effect<CertificateOrder>(),
      withdrawCertificate: effect<CertificateOrder>(),
      begin: assign((_, { at }: { readonly at: number }) => ({ since: at })),
      keep: assign((_, { details }: { readonly details: JsonObject }) => ({ details })),
    },
    guards: {
      toCreate: wants('create_in_progress'),
      toDeployed: wants('deployed'),
      toFailed: wants('failed'),
    },
    delays: {
      effectTimeout: until(({ since }: CertificateContext) => since + effectTimeoutMs),
    },
  }).createMachine({
    id: 'poppy/certificate',
    context: ({ input: { domain_name, cert_type, flavor_id, provider, at, ref } }) => ({
      project: ref.tenant,
      domain_name,
      cert_type,
      flavor_id,
      provider,
      details: {},
      since: at,
    }),
    initial: 'create_in_progress',
    states: {
      create_in_progress: {
        entry: { type: 'provisionCertificate', params: ordering },
        on: {
          'certificate.deployed': {
            target: 'deployed',
            actions: { type: 'keep', params: ({ event }) => event },
          },
          'certificate.failed': {
            target: 'failed',
            actions: {
              type: 'keep',
              params: ({ event: { message } }) => ({ details: { message } }),
            },
          },
          'certificate.setStatus': override,
          'certificate.delete': deletion,
        },
        after: {
          effectTimeout: {
            target: 'failed',
            actions: [
              'supersede',
              {
                type: 'keep',
                params: { details: { message: `Timed out after ${effectTimeoutMs / 1000} s` } },
              },
            ],
          },
        },
      },
      deployed: { on: { 'certificate.setStatus': override, 'certificate.delete': deletion } },
      failed: { on: { 'certificate.setStatus': override, 'certificate.delete': deletion } },
      cancelled: { on: { 'certificate.setStatus': override, 'certificate.delete': deletion } },
      deleted: { type: 'final' },
    },
  })

interface Args<Event = unknown> {
  readonly context: CertificateContext
  readonly event: Event
}

const wants =
  (status: CertificateRecordStatus) =>
  ({ event }: Args<CertificateEvent>): boolean =>
    event.type === 'certificate.setStatus' && event.status === status

const ordering = ({ context: { provider, domain_name, cert_type } }: Args): CertificateOrder => ({
  provider,
  domain_name,
  cert_type,
})

// The operator's word stands: whatever the provider still reports is stale.
const override = [
  {
    guard: 'toCreate',
    target: 'create_in_progress',
    reenter: true,
    actions: [
      'supersede',
      {
        type: 'begin',
        params: ({ event: { at } }: Args<{ readonly at: number }>) => ({ at }),
      },
    ],
  },
  { guard: 'toDeployed', target: 'deployed', reenter: true, actions: 'supersede' },
  { guard: 'toFailed', target: 'failed', reenter: true, actions: 'supersede' },
  { target: 'cancelled', reenter: true, actions: 'supersede' },
] as const

const deletion = {
  target: 'deleted',
  actions: ['supersede', { type: 'withdrawCertificate', params: ordering }],
} as const

/** The lifecycle of a Poppy certificate with the vendor's own times. Made last, of everything above. */
export const poppyCertificate: Lifecycle = createCertificateLifecycle()
