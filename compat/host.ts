import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../apps/server/src/server-process.ts'
import { atExit } from './at-exit.ts'

/** A host that was started for one suite, with an empty store. */
export interface FreshHost {
  /** Where it listens, without a slash at the end. */
  readonly url: string
  /** Ends it, removes what it stored, and rejects if it did not end well. */
  readonly stop: () => Promise<void>
}

/** Who may do what on a fresh host. */
export const CALLERS = {
  poppyOperator: { id: 'olivia', secret: 'compat-operator-key' },
  poppyTenant: { id: 'ann', secret: 'compat-tenant-key', project: 'acme-7' },
  gcoreReseller: { id: '7', secret: 'compat-reseller-secret', client: 3989 },
  zosAdmin: { id: 'ADMIN', secret: 'compat-admin' },
  zosReader: { id: 'READER', secret: 'compat-reader' },
} as const

/** Starts the server as `npm start` does, on a free port, with SQLite in a folder of its own. */
export const startHost = async (): Promise<FreshHost> => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-compat-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  let kill = (): void => {}
  const callOff = atExit(() => {
    kill()
    remove()
  })
  await writeFile(join(folder, 'signalbox.config.json'), JSON.stringify(CONFIGURATION))
  const server = await startServer([], { cwd: folder })
  kill = () => server.kill('SIGKILL')
  return {
    url: server.url,
    stop: async () => {
      server.kill('SIGTERM')
      const deadline = setTimeout(kill, STOP_MS)
      const { code, stdout, stderr } = await server.ended
      clearTimeout(deadline)
      callOff()
      remove()
      if (code !== 0) throw new Error(`the host ended with ${code}:\n${stdout}${stderr}`)
    },
  }
}

// -- internals

const STOP_MS = 15_000

const CONFIGURATION = {
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
      effectDelay: 300,
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
      authorization: {
        admin: ['admins'],
        operations: ['admins'],
        reader: ['admins', 'readers'],
        invoke: ['admins'],
      },
    },
  },
} as const
