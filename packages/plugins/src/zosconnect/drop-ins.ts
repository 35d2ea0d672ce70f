import type { State } from '@signalbox/core'
import type { DocumentWrite } from '@signalbox/core/store'
import type { Change } from '@signalbox/core/zosconnect'
import type { Clock, Failure, Principal, Reply, Settled, Submission } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { isPassing } from './attempts.ts'
import { settleMsOf } from './changes.ts'
import { refOf } from './collections.ts'
import type { Collection } from './collections.ts'
import { prepareDeployment } from './deployment.ts'
import type { Deployment } from './deployment.ts'
import type { DropInFiles, FileAccess, FileEntry } from './drop-in-files.ts'
import { createIntents, intentRecord } from './intents.ts'
import type { Intent } from './intents.ts'
import { tidy } from './outcome.ts'
import { namedIn, standingOf, told } from './site.ts'
import type { Site } from './site.ts'
import { statesOf } from './states.ts'
import { settleBasePaths, submitChange, submitDeploy, submitUpdate } from './submission.ts'

/** Looks at a directory now and then, and keeps what is installed as its archives are. */
export interface DropIns {
  /** Looks for the first time, and from then on every so often. */
  readonly start: () => void
  readonly stop: () => void
}

interface DropInsOptions {
  readonly site: Site & { readonly dropIns: DropInFiles }
  readonly files: Pick<FileAccess, 'list' | 'read'>
  readonly directory: string
  readonly pollMs: number
  readonly clock: Clock
  readonly collections: ReadonlyArray<Collection>
}

/**
 * Makes the watch over a directory. A file counts once it has stayed the same between two looks, and one that cannot be used
 * is left alone until it changes. Files are read in the order of their names; none waits for the provider of another.
 */
export const createDropIns = ({
  site,
  files,
  directory,
  pollMs,
  clock,
  collections,
}: DropInsOptions): DropIns => {
  const { dropIns, services, settings, log } = site
  const intents = createIntents(services)
  const sights = new Map<string, Sight>()
  const missing = new Map<string, number>()
  const unreadable = new Map<string, string>()
  const busy = new Set<string>()
  let stopped = false
  let cancel = (): void => {}

  const send = (
    collection: Collection,
    name: string,
    rule: (state: State | undefined) => E.Either<Reply, Submission>,
  ): Promise<Sent> =>
    services.submit(collection.lifecycle, refOf(collection.kind, name), DROP_INS, rule, {
      settleMs: settleMsOf(settings),
    })()

  const tell = (
    { kind }: Collection,
    name: string,
    change: Change | 'service.deploy',
    sent: Sent,
  ): boolean => {
    const status = statusOf(change, sent)
    told(site, { principal: DROP_INS, change, kind, name, reply: { status } })
    return status < 400
  }

  const changeTo = async (
    collection: Collection,
    name: string,
    change: 'service.start' | 'service.stop' | 'service.delete',
    documents: ReadonlyArray<DocumentWrite> = [],
  ): Promise<Sent> => {
    const sent = await send(collection, name, (state) =>
      state === undefined
        ? E.left(GONE)
        : E.map((asked: Submission): Submission => ({ ...asked, documents }))(
            submitChange(namedIn(collection, name), change, state, site),
          ),
    )
    tell(collection, name, change, sent)
    return sent
  }

  const withdraw = async (collection: Collection, state: State): Promise<boolean> => {
    const { definition } = standingOf(state).context
    await changeTo(collection, definition.name, 'service.stop')
    const sent = await changeTo(collection, definition.name, 'service.delete')
    if (statusOf('service.delete', sent) >= 400) return false
    settleBasePaths(definition, undefined, site)
    await intents.forget(state.ref.id)
    return true
  }

  const install = async (collection: Collection, deployment: Deployment): Promise<Sent> => {
    const { name } = deployment.definition
    const sent = await send(collection, name, (state) => submitDeploy(deployment, state, site))
    tell(collection, name, 'service.deploy', sent)
    if (E.isRight(sent)) tidy(deployment, sent.right, site)
    else settleBasePaths(deployment.definition, undefined, site)
    return sent
  }

  const replace = async (
    collection: Collection,
    deployment: Deployment,
    owner: State,
    intent: Intent | undefined,
  ): Promise<Sent> => {
    const named = namedIn(collection, deployment.definition.name)
    const { id } = owner.ref
    const { sha256 } = deployment.definition.archive
    const desired = intent?.desired ?? standingOf(owner).context.desired
    const begun = intentRecord(id, { desired, sha256 })
    await changeTo(collection, named.name, 'service.stop', [begun])
    const wanted = { ...deployment, desired }
    const sent = await send(collection, named.name, (state) =>
      state === undefined ? E.left(GONE) : submitUpdate(named, wanted, state, site),
    )
    const updated = tell(collection, named.name, 'service.update', sent)
    if (E.isRight(sent)) tidy(wanted, sent.right, site)
    if (isForNow(sent)) return sent
    if (!updated && desired === 'started') await changeTo(collection, named.name, 'service.start')
    if (E.isLeft(sent) || sent.right.finished) await intents.forget(id)
    return sent
  }

  // What a host that died had begun and the file does not ask for any more.
  const close = async (
    collection: Collection,
    owner: State,
    intent: Intent,
  ): Promise<'done' | 'again'> => {
    const { definition } = standingOf(owner).context
    if (intent.sha256 !== definition.archive.sha256 && intent.desired === 'started') {
      const started = await changeTo(collection, definition.name, 'service.start')
      if (isForNow(started)) return 'again'
    }
    return E.isLeft(await intents.forget(owner.ref.id)) ? 'again' : 'done'
  }

  const takeUp = async (collection: Collection, path: string): Promise<Work> => {
    const bytes = await files.read(`${directory}/${path}`, settings.maxArchiveBytes)
    const id = dropIns.idFor(path, site.newId())
    const read = await site.readArchive(collection.kind, bytes, id)
    if (E.isLeft(read)) throw new Error(read.left)
    const states = await statesOf(services, collection)
    const found = { definition: read.right, desired: 'started' as const, bytes }
    const deployment = await prepareDeployment(found, site)
    if (E.isLeft(states) || E.isLeft(deployment)) return async () => 'again'
    const owner = states.right.find((state) => pathOf(state, dropIns) === path)
    const intended = owner && (await intents.read(owner.ref.id))
    if (intended !== undefined && E.isLeft(intended)) return async () => 'again'
    const intent = intended?.right
    return async () => {
      const bears = owner && standingOf(owner).context.definition
      if (bears?.archive.sha256 === read.right.archive.sha256)
        return owner === undefined || intent === undefined
          ? 'done'
          : close(collection, owner, intent)
      if (owner !== undefined && bears?.name === read.right.name)
        return endOf(await replace(collection, deployment.right, owner, intent))
      if (owner !== undefined && !(await withdraw(collection, owner))) return 'again'
      return endOf(await install(collection, deployment.right))
    }
  }

  const refused = (path: string, thrown: unknown): void => {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    log('drop-in.refused', { file: path, message })
  }

  // One piece of work for a path at a time; nobody waits for it.
  const begin = (path: string, work: () => Promise<'done' | 'again'>): void => {
    busy.add(path)
    void work()
      .catch((thrown: unknown) => {
        refused(path, thrown)
        return 'done' as const
      })
      .then((end) => {
        busy.delete(path)
        const sight = sights.get(path)
        if (end === 'again' && sight !== undefined) sight.taken = false
      })
  }

  const lookAt = async (
    collection: Collection,
    folder: string,
    { name, mark }: FileEntry,
  ): Promise<void> => {
    const path = `${folder}/${name}`
    const sight = sights.get(path)
    if (sight?.mark !== mark) {
      sights.set(path, { mark, taken: false })
      return
    }
    if (sight.taken || busy.has(path)) return
    sight.taken = true
    try {
      begin(path, await takeUp(collection, path))
    } catch (thrown) {
      refused(path, thrown)
    }
  }

  const lookForMissing = async (
    collection: Collection,
    present: ReadonlySet<string>,
  ): Promise<void> => {
    const states = await statesOf(services, collection)
    if (E.isLeft(states)) return
    for (const state of states.right) {
      const path = pathOf(state, dropIns)
      if (path === undefined || present.has(path) || busy.has(path)) continue
      const looks = (missing.get(path) ?? 0) + 1
      missing.set(path, looks)
      // An editor may put a file in place by taking the old one away first.
      if (looks < 2) continue
      sights.delete(path)
      begin(path, async () => ((await withdraw(collection, state)) ? 'done' : 'again'))
    }
  }

  const look = async (collection: Collection): Promise<void> => {
    const [folder, ending] = FOLDERS[collection.kind]
    let entries: ReadonlyArray<FileEntry>
    try {
      entries = await files.list(`${directory}/${folder}`)
      unreadable.delete(folder)
    } catch (thrown) {
      // What cannot be read says nothing about what has been removed.
      const message = thrown instanceof Error ? thrown.message : String(thrown)
      if (unreadable.get(folder) !== message) log('drop-in.unreadable', { folder, message })
      unreadable.set(folder, message)
      return
    }
    const own = entries
      .filter(({ name }) => name.endsWith(ending))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const present = new Set(own.map(({ name }) => `${folder}/${name}`))
    for (const path of present) missing.delete(path)
    for (const path of sights.keys())
      if (path.startsWith(`${folder}/`) && !present.has(path)) sights.delete(path)
    for (const entry of own) await lookAt(collection, folder, entry)
    await lookForMissing(collection, present)
  }

  const poll = async (): Promise<void> => {
    try {
      for (const collection of collections) await look(collection)
    } catch (thrown) {
      refused('', thrown)
    }
    if (!stopped) cancel = clock.after(pollMs, () => void poll())
  }

  return {
    start: () => {
      if (!stopped) void poll()
    },
    stop: () => {
      stopped = true
      cancel()
    },
  }
}

// -- internals

interface Sight {
  readonly mark: string
  taken: boolean
}

type Sent = E.Either<Failure | { readonly _tag: 'Refused'; readonly refused: Reply }, Settled>

type Work = () => Promise<'done' | 'again'>

const FOLDERS = {
  service: ['services', '.sar'],
  api: ['apis', '.aar'],
  apiRequester: ['apiRequesters', '.ara'],
} as const

const DROP_INS: Principal = { id: 'drop-ins', provider: 'zosconnect', tenants: '*', roles: [] }

const GONE: Reply = { status: 404 }

const pathOf = (state: State, { pathOf: of }: DropInFiles): string | undefined =>
  of(standingOf(state).context.definition.archive)

const statusOf = (change: Change | 'service.deploy', sent: Sent): number => {
  if (E.isLeft(sent)) return sent.left._tag === 'Refused' ? sent.left.refused.status : 500
  const { state, reports } = sent.right
  const deployed = change === 'service.deploy'
  if (change === 'service.delete') return state.done ? 200 : 503
  const broken = reports.some(
    ({ event: { type, operation } }) =>
      type === 'provider.failed' && operation === (deployed ? 'register' : change.split('.')[1]),
  )
  if (broken || (deployed && state.done)) return 500
  return deployed ? 201 : 200
}

// A store that cannot answer, too much at once, and a change that is under way are no fault of the file.
const isForNow = (sent: Sent): boolean =>
  isPassing(sent) ||
  (E.isLeft(sent) &&
    sent.left._tag === 'Refused' &&
    sent.left.refused.headers?.['retry-after'] !== undefined)

const endOf = (sent: Sent): 'done' | 'again' => (isForNow(sent) ? 'again' : 'done')
