import * as E from 'fp-ts/lib/Either.js'
import { override } from './config.ts'
import type { Caller, Configuration, Overrides } from './config.ts'
import { misconfigured } from './failure.ts'
import type { Failure } from './failure.ts'
import { plainVerifier } from './secret.ts'

/** The credentials of the demo. They are printed and documented, so the demo listens on loopback and nowhere else. */
export const DEMO_SECRETS = {
  poppyOperator: 'demo-operator-token',
  poppyTenant: 'demo-tenant-token',
  gcoreAdmin: 'demo-admin-secret',
  gcoreReseller: 'demo-reseller-secret',
  gcoreClient: 'demo-client-secret',
  zosAdmin: 'demo-admin',
  zosReader: 'demo-reader',
  controlOperator: 'demo-control-token',
  controlAdmin: 'demo-control-admin-token',
} as const

/** The configuration of a server that was given none, or why it will not run like this. */
export const demoConfiguration = (overrides: Overrides): E.Either<Failure, Configuration> => {
  const configured = override(DEMO, overrides)
  if (E.isLeft(configured) || isLoopback(configured.right.listen.host)) return configured
  const source = overrides.options.host === undefined ? 'HOST' : '--host'
  return E.left(
    misconfigured(
      source,
      '',
      `without a configuration the demo listens on loopback only, not on ${configured.right.listen.host}: write a signalbox.config.json`,
    ),
  )
}

/** Tells whether an address or name can be reached from this machine only. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)

// -- internals

const caller = (
  provider: string,
  id: string,
  secret: string,
  tenants: '*' | ReadonlyArray<string>,
  roles: ReadonlyArray<string>,
): Caller => ({ id, provider, tenants, roles, verify: plainVerifier(secret) })

const DEMO: Configuration = {
  listen: { host: '127.0.0.1', port: 8080 },
  store: { kind: 'memory' },
  principals: [
    caller('poppy', 'operator', DEMO_SECRETS.poppyOperator, '*', ['operator']),
    caller('poppy', 'tenant', DEMO_SECRETS.poppyTenant, ['110011'], []),
    caller('gcore', '1', DEMO_SECRETS.gcoreAdmin, '*', ['admin']),
    caller('gcore', '7', DEMO_SECRETS.gcoreReseller, ['3989'], ['reseller']),
    caller('gcore', '8', DEMO_SECRETS.gcoreClient, ['3989'], ['common']),
    caller('zosconnect', 'ADMIN', DEMO_SECRETS.zosAdmin, '*', [
      'admin',
      'operations',
      'reader',
      'invoke',
    ]),
    caller('zosconnect', 'READER', DEMO_SECRETS.zosReader, '*', ['reader']),
    caller('signalbox', 'operator', DEMO_SECRETS.controlOperator, '*', ['operator']),
    caller('signalbox', 'admin', DEMO_SECRETS.controlAdmin, '*', ['admin']),
  ],
  settings: {
    poppy: {
      seedFlavors: [
        {
          id: 'cdn',
          providers: [
            { provider: 'mock', links: [{ href: 'http://mock.example.net', rel: 'provider_url' }] },
          ],
        },
      ],
      seedServices: [
        {
          project: '110011',
          id: 'e8b44506-71b7-4074-9bc8-1b5037ade112',
          service: {
            name: 'demo site',
            domains: [{ domain: 'www.demo-site.com' }],
            origins: [{ origin: 'origin.demo-site.com' }],
            flavor_id: 'cdn',
          },
        },
      ],
    },
    gcore: {
      users: { '7': { email: 'reseller@example.com', company: 'Demo Reseller' } },
      clients: [
        {
          id: 3989,
          name: 'Demo Client',
          email: 'client@example.com',
          companyName: 'Demo Client',
          reseller: 7,
          services: { CDN: { id: 21797, status: 'active', enabled: true } },
        },
      ],
    },
    zosconnect: {
      // A demo has no certificate, and does not leave the machine.
      requireSecure: false,
      referenceService: true,
      simulated: true,
      services: [
        {
          name: 'MyService/v1',
          provider: 'signalbox.simulated',
          description: 'A service whose name has a slash',
        },
      ],
      authorization: {
        admin: ['admin'],
        operations: ['operations'],
        reader: ['reader'],
        invoke: ['invoke'],
      },
    },
  },
  drainMs: 10_000,
  // Whoever tries subscriptions has a receiver on this machine.
  eventReach: { allow: ['127.0.0.1'], allowHttp: true },
}
