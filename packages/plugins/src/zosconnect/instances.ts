import { JsonObject } from '@signalbox/core'
import type { Json } from '@signalbox/core'
import { Status } from '@signalbox/core/zosconnect'
import type { Archive, Definition, ErrorCode } from '@signalbox/core/zosconnect'
import type { Clock } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { administeredFactory } from './administered.ts'
import type { Archives } from './archives.ts'
import { idOf } from './collections.ts'
import type { Factories } from './factories.ts'
import { createGate } from './gate.ts'
import type { Gate } from './gate.ts'
import type { Remote } from './remote.ts'
import type { Settings } from './settings.ts'
import { isServiceFailure } from './spi.ts'
import type {
  Invocation,
  Invoked,
  Provider,
  ProviderFactory,
  ProviderHost,
  ServiceArchive,
  ServiceFailure,
} from './spi.ts'
import { within } from './within.ts'

/** A definition with the provider that serves it in this process. */
export interface Instance {
  readonly definition: Definition
  readonly provider: Provider
  readonly factory: ProviderFactory
  readonly gate: Gate
  /** Since the registration, which an update by the provider itself does not end. */
  readonly tally: Tally
}

/** What is counted of a registered service, in memory. */
interface Tally {
  /** When it was registered, in ms since the epoch. */
  readonly registeredAt: number
  /** The invokes handed to the provider, failed ones too. */
  invokes: number
}

/** What went wrong with a provider: a number is its own word, a name is the host's. */
export interface Trouble {
  readonly code: number | ErrorCode
  readonly message: string
}

/** How a start or a stop ended, with the status that is known after it. */
interface Moved {
  readonly status: Status
  readonly trouble?: Trouble
}

/** How an invoke ended. */
export type InvokeEnding =
  | { readonly _tag: 'Replied'; readonly invoked: Invoked }
  | { readonly _tag: 'Failed'; readonly failure: ServiceFailure & { readonly code: number } }
  | { readonly _tag: 'Broken' }
  | { readonly _tag: 'TimedOut'; readonly ms: number }

/** The providers at work in this process, by the ids of what they serve. No call of them outlasts its bound. */
export interface Instances {
  readonly supports: (definition: Definition) => boolean
  readonly find: (id: string) => Instance | undefined
  /** The instance of a definition, made unless it is there. */
  readonly obtain: (definition: Definition) => Promise<E.Either<Trouble, Instance>>
  /** Puts a definition in the place of what is there, which lasts when that fails. */
  readonly replace: (definition: Definition) => Promise<E.Either<Trouble, Instance>>
  /** Lets go of what serves an id; failures are only logged. */
  readonly release: (id: string) => Promise<void>
  readonly move: (instance: Instance, to: 'start' | 'stop') => Promise<Moved>
  /** The present status; unknown when the provider fails or is late. */
  readonly status: (instance: Instance) => Promise<Status>
  /** The present status and whether no change was made or under way meanwhile. */
  readonly observe: (
    instance: Instance,
  ) => Promise<{ readonly status: Status; readonly quiet: boolean }>
  /** What the provider shows; `{}` when it fails or is late. */
  readonly data: (instance: Instance) => Promise<JsonObject>
  /** What it showed when it was last asked. */
  readonly lastData: (instance: Instance) => JsonObject
  readonly schema: (
    instance: Instance,
    which: 'request' | 'response',
  ) => Promise<E.Either<Trouble, JsonObject>>
  /** What the provider counts; `{}` when it counts nothing, fails or is late. */
  readonly statistics: (instance: Instance) => Promise<JsonObject>
  /** Hands a request to the provider. It is in the gate until its work has ended, however late. */
  readonly invoke: (
    instance: Instance,
    request: Omit<Invocation, 'signal'>,
  ) => Promise<InvokeEnding>
}

interface InstancesOptions {
  readonly clock: Clock
  readonly factories: Factories
  readonly archives: Archives
  readonly settings: Pick<
    Settings,
    'statusTimeoutMs' | 'spiTimeoutMs' | 'invokeTimeoutMs' | 'drainTimeoutMs' | 'providerSettings'
  >
  readonly log: (event: string, detail: Readonly<Record<string, Json>>) => void
  /** Tells the status of everything in place of the providers, if given. */
  readonly remote: Pick<Remote, 'status'> | undefined
  /** News that no call in progress brings. */
  readonly report: (definition: Definition, news: Moved) => void
}

/** Makes an empty set of instances. */
export const createInstances = ({
  clock,
  factories,
  archives,
  settings,
  log,
  remote,
  report,
}: InstancesOptions): Instances => {
  const { statusTimeoutMs, spiTimeoutMs, invokeTimeoutMs, drainTimeoutMs, providerSettings } =
    settings
  const administered = administeredFactory()
  const live = new Map<string, Instance>()
  const making = new Map<string, Promise<E.Either<Trouble, Instance>>>()
  const shown = new WeakMap<Instance, JsonObject>()
  const calls = new WeakMap<Instance, Calls>()
  const callsOf = (instance: Instance): Calls => {
    const known = calls.get(instance) ?? { made: 0, open: 0 }
    calls.set(instance, known)
    return known
  }

  const note = (name: string, call: string, thrown: unknown): void =>
    log('provider.failed', { service: name, call, message: wordsOf(thrown) })

  const deregister = async ({ factory, provider, definition }: Instance): Promise<void> => {
    if (factory.deregister === undefined) return
    const ended = await within(clock, spiTimeoutMs, async () => factory.deregister?.(provider))
    if (ended._tag !== 'Ended')
      note(definition.name, 'deregister', ended._tag === 'Failed' ? ended.thrown : LATE)
  }

  // What still runs in it may end; who waits for the change does not wait for that.
  const retire = async (instance: Instance): Promise<void> => {
    if (instance.gate.isIdle()) return deregister(instance)
    void within(clock, drainTimeoutMs, instance.gate.idle).then(() => deregister(instance))
  }

  const factoryOf = (definition: Definition): ProviderFactory | undefined =>
    definition.kind === 'service' ? factories.get(definition.provider) : administered

  const make = async (
    definition: Definition,
    current?: Instance,
  ): Promise<E.Either<Trouble, Instance>> => {
    const id = idOf(definition)
    const { name } = definition
    const wanted = providerOf(definition)
    const opened = await archives.open(definition)
    if (E.isLeft(opened)) return E.left(internal(opened.left._tag))
    const [archive, factory] = [opened.right, factoryOf(definition)]
    if (archive === undefined || factory === undefined)
      return E.left({
        code: 'provider-unsupported',
        message: archive === undefined ? 'the archive is missing' : `no factory for ${wanted}`,
      })
    const call = callOf(factory, current)
    let made: Instance | undefined
    const host: ProviderHost = {
      report: (status) => {
        const serves = made !== undefined && live.get(id) === made
        if (serves && remote === undefined && Status.is(status)) report(definition, { status })
      },
      log: (line) => log('provider.log', { service: name, line }),
      settings: Object.hasOwn(providerSettings, wanted) ? (providerSettings[wanted] ?? null) : null,
    }
    const ended = await within(clock, spiTimeoutMs, () => call(archive, host))
    if (ended._tag === 'Failed') return E.left(troubleOf(ended.thrown))
    const instanceOf = (provider: Provider): Instance => ({
      definition,
      provider,
      factory,
      gate: createGate(),
      tally:
        current !== undefined && updates(factory, current)
          ? current.tally
          : { registeredAt: clock.now(), invokes: 0 },
    })
    if (ended._tag === 'TimedOut') {
      // What comes too late must not stay behind unseen, unless it is what serves already.
      void ended.later.then(
        (late) => (late === live.get(id)?.provider ? undefined : deregister(instanceOf(late))),
        (thrown: unknown) => note(name, 'register', thrown),
      )
      return E.left(lateTrouble(spiTimeoutMs))
    }
    made = instanceOf(ended.value)
    live.set(id, made)
    await data(made)
    return E.right(made)
  }

  const status = async ({ provider, definition }: Instance): Promise<Status> => {
    const ended = await within(clock, statusTimeoutMs, () =>
      remote === undefined ? provider.status() : remote.status(definition),
    )
    if (ended._tag === 'Ended') return Status.is(ended.value) ? ended.value : 'unknown'
    note(definition.name, 'status', ended._tag === 'Failed' ? ended.thrown : LATE)
    return 'unknown'
  }

  const data = async (instance: Instance): Promise<JsonObject> => {
    const { provider, definition } = instance
    const ended = await within(clock, statusTimeoutMs, () => provider.getData())
    if (ended._tag !== 'Ended')
      note(definition.name, 'getData', ended._tag === 'Failed' ? ended.thrown : LATE)
    const found = ended._tag === 'Ended' ? ended.value : {}
    shown.set(instance, found)
    return found
  }

  const settled = async (instance: Instance, answer: Status | void): Promise<Moved> => ({
    status: Status.is(answer) ? answer : await status(instance),
  })

  const failed = async (instance: Instance, trouble: Trouble): Promise<Moved> => ({
    status: await status(instance),
    trouble,
  })

  const move: Instances['move'] = async (instance, to) => {
    const known = callsOf(instance)
    const mine = (known.made += 1)
    known.open += 1
    const ended = await within(clock, spiTimeoutMs, () => instance.provider[to]())
    const finish = async (moved: Promise<Moved>): Promise<Moved> => {
      const done = await moved
      known.open -= 1
      return done
    }
    if (ended._tag === 'Ended') return finish(settled(instance, ended.value))
    if (ended._tag === 'Failed') return finish(failed(instance, troubleOf(ended.thrown)))
    const { definition } = instance
    const isNews = (): boolean => known.made === mine && live.get(idOf(definition)) === instance
    const tell = async (late: () => Promise<Moved>): Promise<void> => {
      if (!isNews()) return
      const news = await late()
      if (isNews()) report(definition, news)
    }
    void ended.later.then(
      (answer) => tell(() => settled(instance, answer)),
      (thrown: unknown) => tell(() => failed(instance, troubleOf(thrown))),
    )
    return finish(failed(instance, lateTrouble(spiTimeoutMs)))
  }

  // Two makers of one definition share the work.
  const once = (
    key: string,
    work: () => Promise<E.Either<Trouble, Instance>>,
  ): Promise<E.Either<Trouble, Instance>> => {
    const begun = making.get(key) ?? work().finally(() => making.delete(key))
    making.set(key, begun)
    return begun
  }

  return {
    supports: (definition) => factoryOf(definition) !== undefined,
    find: (id) => live.get(id),
    obtain: async (definition) => {
      const there = live.get(idOf(definition))
      if (there !== undefined && sameArchive(there.definition.archive, definition.archive))
        return E.right(there)
      return once(keyOf(definition), () => make(definition))
    },
    replace: async (definition) => {
      const current = live.get(idOf(definition))
      if (current !== undefined && sameArchive(current.definition.archive, definition.archive))
        return E.right(current)
      return once(keyOf(definition), async () => {
        const made = await make(definition, current)
        const taken =
          E.isRight(made) && current !== undefined && !updates(made.right.factory, current)
        if (taken) await retire(current)
        return made
      })
    },
    release: async (id) => {
      const instance = live.get(id)
      live.delete(id)
      if (instance !== undefined) await retire(instance)
    },
    move,
    status,
    observe: async (instance) => {
      const known = callsOf(instance)
      const before = known.made
      const found = await status(instance)
      return { status: found, quiet: known.open === 0 && known.made === before }
    },
    data,
    lastData: (instance) => shown.get(instance) ?? {},
    schema: async ({ provider, definition }, which) => {
      const ask = which === 'request' ? provider.getRequestSchema : provider.getResponseSchema
      const own = schemaIn(definition, which)
      if (ask === undefined) return E.right(own ?? {})
      const ended = await within(clock, spiTimeoutMs, () => ask.call(provider))
      if (ended._tag === 'Ended') return E.right(ended.value)
      const thrown = ended._tag === 'Failed' ? ended.thrown : LATE
      note(definition.name, `${which} schema`, thrown)
      return E.left(internal(wordsOf(thrown)))
    },
    statistics: async ({ provider, definition }) => {
      if (provider.getStatistics === undefined) return {}
      const ended = await within(clock, statusTimeoutMs, async () => provider.getStatistics?.())
      if (ended._tag === 'Ended' && JsonObject.is(ended.value)) return ended.value
      const thrown = ended._tag === 'Failed' ? ended.thrown : 'no JSON object'
      note(definition.name, 'getStatistics', ended._tag === 'TimedOut' ? LATE : thrown)
      return {}
    },
    invoke: async (instance, request) => {
      const { provider, definition, gate, tally } = instance
      const leave = gate.enter()
      const controller = new AbortController()
      tally.invokes += 1
      const ended = await within(clock, invokeTimeoutMs, () =>
        provider.invoke({ ...request, signal: controller.signal }),
      )
      if (ended._tag === 'TimedOut') {
        void ended.later.then(leave, leave)
        controller.abort()
        note(definition.name, 'invoke', LATE)
        return { _tag: 'TimedOut', ms: invokeTimeoutMs }
      }
      leave()
      if (ended._tag === 'Ended') return { _tag: 'Replied', invoked: ended.value }
      if (isServiceFailure(ended.thrown))
        return { _tag: 'Failed', failure: { ...ended.thrown, code: codeOf(ended.thrown) } }
      note(definition.name, 'invoke', ended.thrown)
      return { _tag: 'Broken' }
    },
  }
}

/** Tells whether two archives are the same one. */
export const sameArchive = (a: Archive, b: Archive): boolean =>
  a.id === b.id && a.sha256 === b.sha256

/** How the provider of a service calls itself, and its data transformation; the manifest's word when it does not say. */
export const namesOf = (
  instance: Instance | undefined,
): { readonly providerName?: string; readonly dataXform?: string } => {
  if (instance === undefined) return {}
  const { provider } = instance
  const name = E.getOrElseW(() => undefined)(
    E.tryCatch(
      () => provider.getProviderName(),
      () => undefined,
    ),
  )
  return {
    ...(typeof name === 'string' && { providerName: name }),
    ...(typeof provider.dataXform === 'string' && { dataXform: provider.dataXform }),
  }
}

// -- internals

interface Calls {
  made: number
  open: number
}

const LATE = 'it has not answered in time'

const updates = (factory: ProviderFactory, current: Instance | undefined): boolean =>
  factory.update !== undefined && current?.factory === factory

const callOf =
  (factory: ProviderFactory, current: Instance | undefined) =>
  async (archive: ServiceArchive, host: ProviderHost): Promise<Provider> =>
    current !== undefined && current.factory === factory && factory.update !== undefined
      ? factory.update(current.provider, archive, host)
      : factory.register(archive, host)

const keyOf = (definition: Definition): string =>
  JSON.stringify([idOf(definition), definition.archive.id, definition.archive.sha256])

const providerOf = (definition: Definition): string =>
  definition.kind === 'service' ? definition.provider : ''

const schemaIn = (definition: Definition, which: 'request' | 'response'): JsonObject | null => {
  if (definition.kind !== 'service') return null
  return which === 'request' ? definition.requestSchema : definition.responseSchema
}

const internal = (message: string): Trouble => ({ code: 'internal-error', message })

const lateTrouble = (ms: number): Trouble => ({
  code: 'timed-out',
  message: `no answer within ${ms} ms`,
})

const troubleOf = (thrown: unknown): Trouble => {
  if (!isServiceFailure(thrown)) return internal(wordsOf(thrown))
  return { code: codeOf(thrown), message: thrown.message }
}

const codeOf = ({ code = 500 }: ServiceFailure): number =>
  Number.isInteger(code) && code >= 400 && code <= 599 ? code : 500

const wordsOf = (thrown: unknown): string => {
  if (thrown instanceof Error || isServiceFailure(thrown)) return thrown.message
  return String(thrown)
}
