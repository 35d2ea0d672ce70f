import type { Event, Move, State } from '@signalbox/core'
import { poppyService } from '@signalbox/core/poppy'
import type { Store } from '@signalbox/core/store'
import { walk } from '@signalbox/core/testing'
import type { Attempt } from '@signalbox/core/testing'
import type { AnyPlugin, Services } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { CONTRACT_SETTINGS } from './contract.ts'
import type { ContractAnswer, ContractBench } from './contract.ts'

/** A host under test, opened with `WALK_SETTINGS`: nothing is reported but what the walk reports. */
export interface WalkBench extends Pick<ContractBench, 'send' | 'advance'> {
  readonly store: Store
  readonly services: () => Services
}

/** What a move came to: the service before and after it, and what was answered if it is a request. */
export interface Sight {
  readonly before: object
  readonly after: object
  readonly answer: { readonly taken: boolean; readonly message?: string } | undefined
}

/** The settings with which the walk is run. */
export const WALK_SETTINGS = {
  ...CONTRACT_SETTINGS,
  driver: { kind: 'manual' as const },
  maxServicesPerProject: 10_000,
}

const walked = walk(poppyService)

/** Every transition of the machine, by id: the walk has to take them all. */
export const TRANSITIONS: ReadonlyArray<string> = [...walked.edges.taken, ...walked.edges.missed]
  .map(({ id }) => id)
  .toSorted()

/** Every move of the machine's walk, by a name of the place in which it is made. */
export const poppyWalk = (): ReadonlyArray<readonly [place: string, ReadonlyArray<Attempt>]> => {
  const places = new Map<string, Array<Attempt>>()
  for (const attempt of walked.attempts) {
    const place = placeOf(attempt.from)
    places.set(place, [...(places.get(place) ?? []), attempt])
  }
  return [...places]
}

/**
 * Brings a service to where a move is made, makes it, and says what was seen and what the machine says of it. Services of
 * one host need each a domain of their own, of which theirs are part.
 */
export const takeMove = async (
  bench: WalkBench,
  attempt: Attempt,
  domain = DOMAIN,
): Promise<{ readonly about: string; readonly seen: Sight; readonly due: Sight }> => {
  const { way, move, from, outcome } = within(domain, attempt)
  const id = await create(bench, domain)
  for (const step of way) await perform(bench, { id, domain }, step)
  const before = await stateOf(bench, id)
  const answer = await perform(bench, { id, domain }, move)
  const after = await stateOf(bench, id)
  const refused = E.isLeft(outcome)
  return {
    about: JSON.stringify([...way, move].map(wordOf)),
    seen: {
      before: essence(before),
      after: refused ? after : essence(after),
      answer: answer && sightOf(answer),
    },
    due: {
      before: essence(from),
      after: refused ? before : essence(outcome.right.after),
      answer:
        move.kind !== 'command'
          ? undefined
          : refused
            ? { taken: false, message: refusalOf(from, move.event, { id, domain }) }
            : { taken: true },
    },
  }
}

/** Wraps a plugin so that the door that it is given can be used from outside. */
export const withDoor = (
  plugin: AnyPlugin,
): { readonly plugin: AnyPlugin; readonly services: () => Services } => {
  let door: Services | undefined
  return {
    plugin: {
      ...plugin,
      setup: (tools) => {
        door = tools.services
        return plugin.setup(tools)
      },
    },
    services: () => {
      if (door === undefined) throw new Error('the plugin was not set up')
      return door
    },
  }
}

// -- internals

const PROJECT = 'acme-7'

// Below it are all domains of the machine's examples.
const DOMAIN = 'example.com'

interface Subject {
  readonly id: string
  readonly domain: string
}

const placeOf = ({ value, context, done, status }: State): string =>
  done
    ? `gone ${JSON.stringify(value)}`
    : `${status} ${JSON.stringify([value, poppyService.facet(context, 0)])}`

const wordOf = (move: Move): string => (move.kind === 'deadline' ? move.name : move.event.type)

// Everything that the walk asks for, reports and expects is plain data.
const within = (domain: string, attempt: Attempt): Attempt =>
  JSON.parse(JSON.stringify(attempt).replaceAll(DOMAIN, domain)) as Attempt

const create = async ({ send }: WalkBench, domain: string): Promise<string> => {
  const made = await send('ann', `POST /v1.0/${PROJECT}/services`, {
    name: 'shop',
    domains: [{ domain: `www.${domain}` }],
    origins: [{ origin: `origin.${domain}` }],
    flavor_id: 'cdn',
  })
  if (made.status !== 202) throw new Error(`no service: ${made.status} ${made.text}`)
  const location = made.headers.get('location') ?? ''
  return location.slice(location.lastIndexOf('/') + 1)
}

const stateOf = async ({ store }: WalkBench, id: string): Promise<State> => {
  const loaded = await store.load({ provider: 'poppy', tenant: PROJECT, id })()
  if (E.isLeft(loaded) || loaded.right === undefined) throw new Error('no state')
  return loaded.right
}

const perform = async (
  bench: WalkBench,
  subject: Subject,
  move: Move,
): Promise<ContractAnswer | undefined> => {
  switch (move.kind) {
    case 'command':
      return request(bench, subject, move.event)
    case 'report': {
      const ref = { provider: 'poppy', tenant: PROJECT, id: subject.id }
      await bench.services().report(poppyService, ref, move.event)()
      return undefined
    }
    case 'deadline':
      await bench.advance(600_000)
      return undefined
  }
}

const TAKEN = [201, 202]
const REFUSED = [400, 404]

const sightOf = ({ status, text }: ContractAnswer): Sight['answer'] => {
  if (TAKEN.includes(status)) return { taken: true }
  if (!REFUSED.includes(status)) throw new Error(`${status} ${text}`)
  const { message, ...others } = JSON.parse(text) as { readonly message: string }
  return { taken: false, message, ...others }
}

const request = async (
  { send }: WalkBench,
  { id, domain }: Subject,
  event: Event,
): Promise<ContractAnswer> => {
  const path = `/v1.0/${PROJECT}/services/${id}`
  switch (event.type) {
    case 'service.update': {
      const { domains } = event['config'] as { readonly domains: unknown }
      return send('ann', `PATCH ${path}`, [{ op: 'replace', path: '/domains', value: domains }])
    }
    case 'service.purge':
      return send('ann', `DELETE ${path}/assets?hard=${String(event['hard'])}`)
    case 'service.delete':
      return send('ann', `DELETE ${path}`)
    case 'service.setStatus': {
      if (event['flavorExists'] === false) await send('ops', `DELETE /v1.0/${PROJECT}/flavors/cdn`)
      const body = { project_id: PROJECT, service_id: id, status: event['status'] }
      const answer = await send('ops', `POST /v1.0/${PROJECT}/admin/services/status`, body)
      await send('ops', `POST /v1.0/${PROJECT}/flavors`, CONTRACT_SETTINGS.seedFlavors[0])
      return answer
    }
    case 'service.disable':
    case 'service.enable': {
      const action = event.type.replace('service.', '')
      const body = { domain: `www.${domain}`, action }
      return send('ops', `POST /v1.0/${PROJECT}/admin/services/action`, body)
    }
    case 'service.setOperatorUrl':
      return send('ops', `PATCH /v1.0/${PROJECT}/admin/services/provider_details/${id}`, {
        project_id: PROJECT,
        domain_name: event['domain'],
        operator_url: event['operatorUrl'],
        provider_url: '0b7e9d52.edge.mock.example.net',
      })
  }
  throw new Error(`no request sends ${event.type}`)
}

// When it was does not matter, only whether work runs.
const essence = ({ value, status, done, labels, context }: State): object => ({
  value,
  status,
  done,
  labels,
  context: { ...context, project: null, since: context['since'] === null },
})

const refusalOf = ({ done, context }: State, event: Event, { id, domain }: Subject): string => {
  switch (event.type) {
    case 'service.update':
      if (done) return 'Service not found'
      return context['enabled'] === true
        ? `Service ${id} neither deployed nor failed`
        : `Service ${id} is disabled`
    case 'service.purge':
      return done ? `No service found: ${id}` : `Service ${id} is not deployed.`
    case 'service.delete':
      return `No service found: ${id}`
    case 'service.setStatus': {
      const reason = done
        ? `No service found: ${id}`
        : context['enabled'] === true
          ? "Could not find a flavor with the id 'cdn'"
          : `Service ${id} is disabled`
      return `Setting state of service ${id} on tenant: acme-7 to ${String(event['status'])} has failed, Reason: ${reason}`
    }
    case 'service.setOperatorUrl':
      return done
        ? `Service ${id} could not be found`
        : `Domain ${String(event['domain'])} could not be found`
    default:
      return `Services action ${event.type.replace('service.', '')} on tenant: None failed, Reason: Domain www.${domain} does not exist`
  }
}
