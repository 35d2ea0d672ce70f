import { createHost } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { fraction } from '../dice.ts'
import { draw } from '../draw.ts'
import { lineOf } from '../failure.ts'
import { createIds } from '../ids.ts'
import { PLUGINS } from '../plugins.ts'
import { systemClock } from '../system-clock.ts'
import { createClient } from './client.ts'
import type { Client } from './client.ts'
import { configure } from './configure.ts'
import { trouble } from './failure.ts'
import type { Trouble } from './failure.ts'
import { openReadOnly } from './read-only.ts'
import { settledInMind } from './settled-in-mind.ts'

/**
 * Answers as the control plane of a host would, out of the store's file alone: beside the server that owns it, without a
 * change to it, and with all that an administrator may see. What is overdue counts as settled.
 */
export const readStored = async (
  store: string,
  config: string | undefined,
): Promise<E.Either<Trouble, Client>> => {
  const opened = openReadOnly(store)
  if (E.isLeft(opened)) return opened
  const { close } = opened.right.store
  const configured = configure(config === undefined ? {} : { config })
  if (E.isLeft(configured)) {
    await close()()
    return E.left(trouble('usage', lineOf(configured.left).replace(/^signalbox: /, '')))
  }
  const { settings } = configured.right.configuration
  const host = await createHost({
    store: settledInMind(opened.right.store),
    plugins: PLUGINS.filter(({ name }) => Object.hasOwn(settings, name)),
    settings,
    principals: [READER],
    clock: systemClock,
    newId: createIds(systemClock.now),
    random: fraction,
    log: () => {},
    draw,
  })
  return E.right(
    createClient({
      name: store,
      base: 'http://store.invalid',
      headers: { authorization: 'Bearer reader' },
      send: (request) => host.fetch(request),
      close: async () => {
        await host.drain(0)
        await close()()
      },
    }),
  )
}

// -- internals

const READER = {
  id: 'reader',
  provider: 'signalbox',
  tenants: '*',
  roles: ['admin'],
  verify: async () => true,
} as const
