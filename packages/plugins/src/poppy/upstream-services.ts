import { Purge, ServiceConfig } from '@signalbox/core/poppy'
import { notDone } from '@signalbox/host'
import type { Driver, Performance } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Errand, Errands } from './errands.ts'
import { decoded, servicePath, STORE_AWAY, UNREADABLE } from './upstream-client.ts'
import type { Lacking, Run, UpstreamClient } from './upstream-client.ts'
import { bodyOf, hasConfig, patchOf, servedBy } from './upstream-shape.ts'
import type { ShownService } from './upstream-shape.ts'

/**
 * Makes the drivers that carry services to an upstream. What is asked is remembered before it is, so that a repetition reads
 * what has become of it and nothing is created twice.
 */
export const upstreamServices = (
  { send, look, find: findAmong, waiting, unless, driver }: UpstreamClient,
  errands: Errands,
): Readonly<Record<'provision' | 'update' | 'purge' | 'remove', Driver>> => {
  const note = async (
    { ref, effect }: Run,
    service: string | null,
    taken: boolean,
  ): Promise<boolean> => E.isRight(await errands.write(ref, { service, effect, taken }))

  const taken = async (run: Run, service: string): Promise<Performance> =>
    (await note(run, service, true)) ? waiting : unless(run, STORE_AWAY)

  const forget = async (run: Run): Promise<Performance> =>
    E.isRight(await errands.forget(run.ref)) ? DONE : unless(run, STORE_AWAY)

  // By what it is, for lack of an id.
  const find = async (
    run: Run,
    config: ServiceConfig,
  ): Promise<E.Either<Lacking, ShownService | undefined>> => {
    const others = await errands.others(run.ref)
    return E.isLeft(others) ? E.left(STORE_AWAY) : findAmong(run, config, others.right)
  }

  const watched = (
    shown: ShownService | undefined,
    served: (deployed: ShownService) => Performance,
  ): Performance => {
    if (shown === undefined) return GONE
    if (shown.status === 'deployed') return served(shown)
    return shown.status === 'failed' ? failed(wordsOf(shown)) : waiting
  }

  const bring: Work<ServiceConfig> = async (run, config, errand) => {
    if (errand === undefined || errand.service === null)
      return create(run, config, errand !== undefined)
    const mine = errand.effect === run.effect
    if (!mine || !errand.taken) return change(run, config, errand.service, mine)
    const shown = await look(run, errand.service)
    return E.isLeft(shown)
      ? notDone(shown.left)
      : watched(shown.right, (deployed) => ({ kind: 'done', result: servedBy(deployed, config) }))
  }

  const create = async (
    run: Run,
    config: ServiceConfig,
    maybeSent: boolean,
  ): Promise<Performance> => {
    const there = maybeSent ? await find(run, config) : E.right(undefined)
    if (E.isLeft(there)) return unless(run, there.left)
    if (there.right !== undefined) return taken(run, there.right.id)
    if (!(await note(run, null, false))) return unless(run, STORE_AWAY)
    const answer = await send(run, 'POST', '/services', bodyOf(config))
    if (answer._tag === 'Done') {
      const id = idIn(answer.headers['location'])
      return id === undefined ? unless(run, UNREADABLE) : taken(run, id)
    }
    if (answer._tag !== 'Refused') return unless(run, answer)
    // What has its domains may be what is asked for.
    const found = await find(run, config)
    return E.isRight(found) && found.right !== undefined
      ? taken(run, found.right.id)
      : notDone(answer)
  }

  const change = async (
    run: Run,
    config: ServiceConfig,
    service: string,
    maybeSent: boolean,
  ): Promise<Performance> => {
    if (maybeSent) {
      const shown = await look(run, service)
      if (E.isLeft(shown)) return unless(run, shown.left)
      if (shown.right !== undefined && isBeing(shown.right, config)) return taken(run, service)
    } else if (!(await note(run, service, false))) return unless(run, STORE_AWAY)
    const answer = await send(run, 'PATCH', servicePath(service), patchOf(config))
    if (answer._tag === 'Done') return taken(run, service)
    if (answer._tag !== 'Refused') return unless(run, answer)
    if (answer.status === 404) return create(run, config, false)
    return (await isBusy(run, service)) ? waiting : notDone(answer)
  }

  // What is at work on something else takes nothing on.
  const isBusy = async (run: Run, service: string): Promise<boolean> => {
    const shown = await look(run, service)
    return E.isRight(shown) && shown.right?.status.endsWith('_in_progress') === true
  }

  const clear: Work<Purge> = async (run, { hard, url }, errand) => {
    if (errand === undefined || errand.service === null) return GONE
    const { service } = errand
    if (errand.effect === run.effect && errand.taken) {
      const shown = await look(run, service)
      return E.isLeft(shown) ? notDone(shown.left) : watched(shown.right, () => DONE)
    }
    if (!(await note(run, service, false))) return unless(run, STORE_AWAY)
    const query = `url=${encodeURIComponent(url)}&hard=${String(hard)}`
    const answer = await send(run, 'DELETE', `${servicePath(service)}/assets?${query}`)
    // A hard one shows nowhere.
    if (answer._tag === 'Done') return hard ? DONE : taken(run, service)
    if (answer._tag !== 'Refused') return unless(run, answer)
    return (await isBusy(run, service)) ? waiting : notDone(answer)
  }

  const remove: Work<ServiceConfig> = async (run, config, errand) => {
    const there = await whereabouts(run, config, errand)
    if (E.isLeft(there)) return unless(run, there.left)
    if (there.right === undefined) return forget(run)
    const { id, status } = there.right
    if (status === 'delete_in_progress') return taken(run, id)
    if (errand?.effect === run.effect && errand.taken) return failed(wordsOf(there.right))
    if (!(await note(run, id, false))) return unless(run, STORE_AWAY)
    const answer = await send(run, 'DELETE', servicePath(id))
    if (answer._tag === 'Done') return taken(run, id)
    return answer._tag === 'Refused' && answer.status === 404 ? forget(run) : unless(run, answer)
  }

  const whereabouts = (
    run: Run,
    config: ServiceConfig,
    errand: Errand | undefined,
  ): Promise<E.Either<Lacking, ShownService | undefined>> =>
    errand === undefined || errand.service === null ? find(run, config) : look(run, errand.service)

  const carrying = <Params>(decode: t.Decode<unknown, Params>, work: Work<Params>): Driver =>
    driver(async (run, effect) => {
      const params = decoded(decode, effect)
      const errand = await errands.read(run.ref)
      return E.isLeft(errand) ? unless(run, STORE_AWAY) : work(run, params, errand.right)
    })

  const bringing = carrying(decodeConfig, bring)
  return {
    provision: bringing,
    update: bringing,
    purge: carrying(Purge.decode, clear),
    remove: carrying(decodeConfig, remove),
  }
}

// -- internals

type Work<Params> = (run: Run, params: Params, errand: Errand | undefined) => Promise<Performance>

const DONE: Performance = { kind: 'done' }

const failed = (message: string): Performance => ({ kind: 'failed', message })

const GONE = failed('the upstream does not have the service')

const wordsOf = ({ status, errors }: ShownService): string =>
  errors?.[0]?.message ?? `the upstream says ${status}`

// Whether a change that may have been sent is in place, or under way.
const isBeing = (shown: ShownService, config: ServiceConfig): boolean =>
  !['failed', 'disabled'].includes(shown.status) && hasConfig(shown, config)

const idIn = (location: string | undefined): string | undefined =>
  location === undefined ? undefined : /\/services\/([\w-]+)\/?(?:\?.*)?$/.exec(location)?.[1]

const Configured = t.type({ config: ServiceConfig })

const decodeConfig = (params: unknown): t.Validation<ServiceConfig> =>
  E.map(({ config }: t.TypeOf<typeof Configured>) => config)(Configured.decode(params))
