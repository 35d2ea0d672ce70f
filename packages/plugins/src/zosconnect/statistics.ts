import type { State } from '@signalbox/core'
import type { ServiceStatistics } from '@signalbox/core/zosconnect'
import { json, list } from '@signalbox/host'
import type { Route } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { errorReply } from './answers.ts'
import { SERVICES } from './collections.ts'
import { namesOf } from './instances.ts'
import { mayOn, mayOnAll, WRITERS } from './levels.ts'
import { STATISTICS } from './locate.ts'
import { namedIn, refuseReply, standingOf } from './site.ts'
import type { Site } from './site.ts'
import { PAGE, statesAfter } from './states.ts'

/** The route that shows the statistics of all services. */
export const statisticsRoutes = (site: Site): ReadonlyArray<Route> => [getStatistics(site)]

/** What is counted of a service, by its name. */
export const statisticsOf = async (
  state: State,
  { instances }: Pick<Site, 'instances'>,
): Promise<readonly [name: string, statistics: ServiceStatistics[string]]> => {
  const { definition } = standingOf(state).context
  const instance = instances.find(state.ref.id)
  const provider = definition.kind === 'service' ? definition.provider : ''
  return [
    definition.name,
    {
      ServiceProvider: namesOf(instance).providerName ?? provider,
      InvokeRequestCount: String(instance?.tally.invokes ?? 0),
      // What could not be registered has no such time.
      TimeOfRegistrationWithZosConnect:
        instance === undefined ? '' : timeOf(instance.tally.registeredAt),
      ServiceStatistics: instance === undefined ? {} : await instances.statistics(instance),
    },
  ]
}

// -- internals

/** @see https://www.ibm.com/docs/SS4SVW_3.0.0/administering/change_service_state.html */
const getStatistics = (site: Site): Route =>
  list({
    method: 'GET',
    path: STATISTICS,
    name: 'getServicesStatistics',
    summary: 'Shows the statistics of all services, or of those of one provider',
    lifecycle: SERVICES.lifecycle,
    sight: async ({ principal }) =>
      mayOnAll(site.settings.authorization, principal, WRITERS)
        ? E.right(undefined)
        : E.left(errorReply('forbidden', {})),
    prepare: async ({ url }) =>
      url.searchParams.getAll('provider').length > 1
        ? E.left(errorReply('bad-query', {}))
        : E.right(undefined),
    list: () => E.right(PAGE),
    reply: async (request, first) => {
      const states = await statesAfter(site.services, SERVICES, first)
      if (E.isLeft(states)) return refuseReply(request, states.left, site)
      const wanted = request.url.searchParams.get('provider')
      const seen = states.right.filter((state) =>
        mayOn(
          site.settings.authorization,
          request.principal,
          WRITERS,
          namedIn(SERVICES, standingOf(state).context.definition.name),
        ),
      )
      const all = await Promise.all(seen.map((state) => statisticsOf(state, site)))
      const shown = all
        .filter(([, { ServiceProvider }]) => wanted === null || ServiceProvider === wanted)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
      return json(200, Object.fromEntries(shown))
    },
  })

// As the vendor's samples have it: 2026-11-13 17:28:28:589 GMT.
const timeOf = (ms: number): string => {
  const [, date = '', time = '', milliseconds = ''] =
    /^(.*)T(.*)\.(\d{3})Z$/.exec(new Date(ms).toISOString()) ?? []
  return `${date} ${time}:${milliseconds} GMT`
}
