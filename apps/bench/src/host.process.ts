import { createHmac, createSecretKey, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { createHost } from '@signalbox/host'
import type { Clock, LogLine } from '@signalbox/host'
import { poppy } from '@signalbox/plugins/poppy'
import type { PoppySettings } from '@signalbox/plugins/poppy'
import { sqliteStore } from '@signalbox/stores/sqlite'
import * as E from 'fp-ts/lib/Either.js'
import { answerParent } from './child.ts'
import { cpuMs, listen } from './server.ts'
import type { Deeds } from './server.ts'
import { PROJECT, serviceId, TOKEN } from './service.ts'
import { slowed } from './slow.ts'

// A host as an app composes it: one file of SQLite, the Poppy plugin, a socket, a log of JSON lines.

const [file = '', services = '0', syncMs = '0'] = process.argv.slice(2)

// Its timers may keep the process alive: the parent ends it.
const clock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
}

const KEY = createSecretKey(randomBytes(32))
const digestOf = (secret: string): Buffer => createHmac('sha256', KEY).update(secret).digest()
const expected = digestOf(TOKEN)

let held: Array<string> = []
const log = (line: LogLine): void => {
  if (held.push(JSON.stringify(line)) > 1) return
  setImmediate(() => {
    process.stdout.write(`${held.join('\n')}\n`)
    held = []
  })
}

const settings: PoppySettings = {
  maxServicesPerProject: Number(services),
  effectDelay: 0,
  seedFlavors: [
    {
      id: 'cdn',
      providers: [
        { provider: 'mock', links: [{ href: 'http://mock.example.net', rel: 'provider_url' }] },
      ],
    },
  ],
  seedServices: Array.from({ length: Number(services) }, (_, number) => ({
    project: PROJECT,
    id: serviceId(number),
    service: {
      name: `site ${number}`,
      domains: [{ domain: `www.site-${number}.com` }],
      origins: [{ origin: `origin.site-${number}.com` }],
      flavor_id: 'cdn',
    },
  })),
}

const store = sqliteStore({ database: slowed(new DatabaseSync(file), Number(syncMs)) })
if (E.isLeft(store)) throw new Error(store.left.message)
const host = await createHost({
  store: store.right,
  plugins: [poppy],
  settings: { poppy: settings },
  principals: [
    {
      id: 'operator',
      provider: 'poppy',
      tenants: '*',
      roles: ['operator'],
      verify: async (secret) => timingSafeEqual(digestOf(secret), expected),
    },
  ],
  clock,
  newId: randomUUID,
  random: Math.random,
  log,
})
await host.start()
const failed = host.boot.find(({ ok }) => !ok)
if (failed !== undefined) throw new Error(JSON.stringify(failed))
const port = await listen((request) => host.fetch(request, { remote: '127.0.0.1' }))

answerParent<unknown, Deeds>({
  answer: () => {
    const { commits, batches } = host.counters()
    return { port, commits, transactions: batches, cpuMs: cpuMs() }
  },
  end: async () => {
    await host.drain()
    await store.right.close()()
  },
})
