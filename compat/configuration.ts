/** Who may do what on a fresh host. */
export const CALLERS = {
  poppyOperator: { id: 'olivia', secret: 'compat-operator-key' },
  poppyTenant: { id: 'ann', secret: 'compat-tenant-key', project: 'acme-7' },
  gcoreReseller: { id: '7', secret: 'compat-reseller-secret', client: 3989 },
  zosAdmin: { id: 'ADMIN', secret: 'compat-admin' },
  zosReader: { id: 'READER', secret: 'compat-reader' },
} as const

/** What every fresh host is started with. */
export const CONFIGURATION = {
  listen: { host: '127.0.0.1', port: 0 },
  store: 'sqlite:data/signalbox.db',
  principals: [
    {
      id: CALLERS.poppyOperator.id,
      provider: 'poppy',
      secret: CALLERS.poppyOperator.secret,
      tenants: '*',
      roles: ['operator'],
    },
    {
      id: CALLERS.poppyTenant.id,
      provider: 'poppy',
      secret: CALLERS.poppyTenant.secret,
      tenants: [CALLERS.poppyTenant.project],
    },
    {
      id: CALLERS.gcoreReseller.id,
      provider: 'gcore',
      secret: CALLERS.gcoreReseller.secret,
      tenants: [String(CALLERS.gcoreReseller.client)],
      roles: ['reseller'],
    },
    {
      id: CALLERS.zosAdmin.id,
      provider: 'zosconnect',
      secret: CALLERS.zosAdmin.secret,
      tenants: '*',
      roles: ['admins'],
    },
    {
      id: CALLERS.zosReader.id,
      provider: 'zosconnect',
      secret: CALLERS.zosReader.secret,
      tenants: '*',
      roles: ['readers'],
    },
  ],
  providers: {
    poppy: {
      // Long enough to be seen at work, by clients that poll.
      effectDelay: 500,
      regions: ['DFW'],
      seedFlavors: [
        {
          id: 'cdn',
          providers: [
            { provider: 'mock', links: [{ href: 'http://mock.example.net', rel: 'provider_url' }] },
          ],
        },
      ],
    },
    gcore: {
      clients: [
        {
          id: CALLERS.gcoreReseller.client,
          name: 'A',
          email: 'a@example.com',
          companyName: 'Acme Shop',
          reseller: Number(CALLERS.gcoreReseller.id),
          services: { CDN: { status: 'active', enabled: true } },
        },
      ],
    },
    zosconnect: {
      requireSecure: false,
      referenceService: true,
      simulated: true,
      services: [
        {
          name: 'echo',
          provider: 'signalbox.simulated',
          description: 'Gives back what it is given',
        },
      ],
      authorization: {
        admin: ['admins'],
        operations: ['admins'],
        reader: ['admins', 'readers'],
        invoke: ['admins'],
      },
    },
  },
} as const
