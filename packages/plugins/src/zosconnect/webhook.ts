import type { DesiredStatus, Status } from '@signalbox/core/zosconnect'
import { webhookDriver } from '@signalbox/host'
import type { Driver, Performance, Tools, WebhookSettings } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { collectionOf, refOf } from './collections.ts'
import type { Remote } from './remote.ts'
import { standingOf } from './site.ts'

/** Makes the remote that hands starts and stops to a receiver; the status is the one reported last. */
export const createWebhookRemote = (
  settings: WebhookSettings,
  { dial, clock, services }: Pick<Tools<unknown>, 'dial' | 'clock' | 'services'>,
): Remote => {
  const driver = webhookDriver({ clock, dial, settings })
  const moving = (operation: 'start' | 'stop', status: DesiredStatus): Driver => ({
    ...driver,
    perform: async (effect, attempt) =>
      completed(await driver.perform(effect, attempt), operation, status),
  })
  return {
    start: moving('start', 'started'),
    stop: moving('stop', 'stopped'),
    status: async ({ kind, name }): Promise<Status> => {
      const state = await services.load(collectionOf(kind).lifecycle, refOf(kind, name))()
      return E.isRight(state) && state.right !== undefined
        ? standingOf(state.right).context.status
        : 'unknown'
    },
  }
}

// -- internals

// A receiver may say no more than that it has done or refused it.
const completed = (
  performance: Performance,
  operation: 'start' | 'stop',
  status: DesiredStatus,
): Performance => {
  switch (performance.kind) {
    case 'done':
      return { ...performance, result: { status, ...performance.result } }
    case 'failed':
      return 'afterMs' in performance
        ? performance
        : { ...performance, result: { operation, code: 500, ...performance.result } }
    default:
      return performance
  }
}
