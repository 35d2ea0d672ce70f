import type { Effect, JsonObject, Outcome } from '@signalbox/core'
import { Archive, Definition } from '@signalbox/core/zosconnect'
import type { ArtefactContext, Operation, Status } from '@signalbox/core/zosconnect'
import type { Clock, Driver, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import type { Archives } from './archives.ts'
import { COLLECTIONS } from './collections.ts'
import { sameArchive } from './instances.ts'
import type { Instance, Instances, Trouble } from './instances.ts'
import type { Remote } from './remote.ts'
import type { Settings } from './settings.ts'
import { within } from './within.ts'

interface DriversOptions {
  readonly instances: Instances
  readonly archives: Archives
  readonly services: Pick<Services, 'load'>
  readonly clock: Clock
  /** Starts and stops in place of the providers, if given. */
  readonly remote: Remote | undefined
  readonly settings: Pick<Settings, 'spiTimeoutMs' | 'statusTimeoutMs' | 'drainTimeoutMs'>
  /** True for drivers of a rehearsal, whose instances are its own: they say how work would end. */
  readonly rehearsing?: boolean
}

/** Makes the drivers: each effect is calls of a provider, and each outcome says the status that the provider then has. */
export const createDrivers = ({
  instances,
  archives,
  services,
  clock,
  remote,
  settings,
  rehearsing = false,
}: DriversOptions): Readonly<Record<string, Driver>> => {
  const { spiTimeoutMs, statusTimeoutMs, drainTimeoutMs } = settings
  // The calls bound themselves; this bound is only there should that fail.
  const timeoutMs = 2 * spiTimeoutMs + 2 * statusTimeoutMs + SLACK_MS
  const driver = (perform: (effect: Effect) => Promise<Outcome>): Driver => ({
    perform,
    timeoutMs,
    ...(rehearsing && { rehearse: perform }),
  })
  const elsewhere = (to: 'start' | 'stop'): Driver | undefined =>
    remote && { ...remote[to], rehearse: async () => ({ kind: 'done', result: REACHED[to] }) }

  const registered = async (
    operation: Operation,
    made: E.Either<Trouble, Instance>,
    otherwise: Status,
  ): Promise<Outcome> =>
    E.isLeft(made)
      ? failed(operation, made.left, otherwise)
      : { kind: 'done', result: { status: await instances.status(made.right) } }

  // Another process, or this one before it was started anew, may have registered it.
  const serving = async (effect: Effect): Promise<E.Either<Trouble, Instance>> => {
    const archive = decoded(Archive, effect.params['archive'])
    const instance = instances.find(effect.ref.id)
    if (instance !== undefined && sameArchive(instance.definition.archive, archive))
      return E.right(instance)
    const lifecycle = COLLECTIONS.find(
      (each) => each.lifecycle.name === effect.lifecycle,
    )?.lifecycle
    const state = lifecycle && (await services.load(lifecycle, effect.ref)())
    if (state === undefined || E.isLeft(state) || state.right === undefined)
      return E.left({ code: 'internal-error', message: 'the service cannot be loaded' })
    // The host has restored the state by this codec.
    return instances.obtain((state.right.context as unknown as ArtefactContext).definition)
  }

  const moving = (to: 'start' | 'stop'): Driver =>
    driver(async (effect) => {
      const instance = await serving(effect)
      if (E.isLeft(instance)) return failed(to, instance.left, 'unknown')
      const { status, trouble } = await instances.move(instance.right, to)
      return trouble === undefined
        ? { kind: 'done', result: { status } }
        : failed(to, trouble, status)
    })

  return {
    'provider.register': driver(async ({ params }) =>
      registered(
        'register',
        await instances.obtain(decoded(Definition, params['definition'])),
        'unknown',
      ),
    ),
    'provider.start': elsewhere('start') ?? moving('start'),
    'provider.stop': elsewhere('stop') ?? moving('stop'),
    'provider.update': driver(async ({ params, ref }) => {
      const made = await instances.replace(decoded(Definition, params['definition']))
      const old = E.isLeft(made) ? instances.find(ref.id) : undefined
      return registered('update', made, old ? await instances.status(old) : 'unknown')
    }),
    'provider.deregister': driver(async ({ params, ref }) => {
      const { archive } = decoded(Definition, params['definition'])
      const removed = await archives.remove(archive)
      if (E.isRight(removed)) {
        await instances.release(ref.id)
        return { kind: 'done' }
      }
      const instance = instances.find(ref.id)
      const status = instance ? await instances.status(instance) : 'unknown'
      const message = `the archive cannot be deleted: ${removed.left._tag}`
      return failed('deregister', { code: 'internal-error', message }, status)
    }),
    // What has not ended by then holds nobody up any more.
    'gate.drain': {
      timeoutMs: drainTimeoutMs + SLACK_MS,
      perform: async ({ ref }) => {
        const gate = instances.find(ref.id)?.gate
        if (gate !== undefined) await within(clock, drainTimeoutMs, gate.idle)
        return { kind: 'done' }
      },
    },
  }
}

// -- internals

const SLACK_MS = 1000

const REACHED = { start: { status: 'started' }, stop: { status: 'stopped' } } as const

const failed = (operation: Operation, { code, message }: Trouble, status: Status): Outcome => ({
  kind: 'failed',
  message,
  result: { operation, code, status } satisfies JsonObject,
})

const decoded = <A>(
  codec: { readonly decode: (u: unknown) => E.Either<unknown, A>; readonly name: string },
  value: unknown,
): A => {
  const found = codec.decode(value)
  // The core has made the effect by the same codec: anything else is a defect, and the host reports what is thrown.
  if (E.isLeft(found)) throw new Error(`an effect without its ${codec.name}`)
  return found.right
}
