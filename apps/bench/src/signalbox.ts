import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { moduleLaunch, startProgram } from './program.ts'
import type { Program } from './program.ts'
import { TOKEN } from './service.ts'

/** The server's own program, as `npm start` runs it. */
const MAIN = new URL('../../server/start.mjs', import.meta.url)

/** Starts the real server on a store, with all that the load asks of it: an operator and a flavor of Poppy. */
export const startSignalbox = async (
  folder: string,
  {
    store,
    probe,
    execArgv = [],
  }: {
    /** As the configuration names it. */
    readonly store: string
    readonly probe: string
    readonly execArgv?: ReadonlyArray<string>
  },
): Promise<Program> => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'signalbox.config.json')
  const configuration = {
    store,
    principals: [
      { id: 'operator', provider: 'poppy', secret: TOKEN, tenants: '*', roles: ['operator'] },
    ],
    providers: { poppy: { seedFlavors: [FLAVOR] }, gcore: {}, zosconnect: {} },
  }
  writeFileSync(file, JSON.stringify(configuration))
  return startProgram(
    moduleLaunch(MAIN, {
      args: (port) => ['serve', '--config', file, '--host', '127.0.0.1', '--port', String(port)],
      probe,
      execArgv,
      cwd: folder,
    }),
  )
}

// -- internals

const FLAVOR = {
  id: 'cdn',
  providers: [
    { provider: 'mock', links: [{ href: 'http://mock.example.net', rel: 'provider_url' }] },
  ],
}
