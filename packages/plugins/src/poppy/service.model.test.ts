import type { Event, Move, State } from '@signalbox/core'
import { poppyService } from '@signalbox/core/poppy'
import { walk } from '@signalbox/core/testing'
import type { Attempt } from '@signalbox/core/testing'
import type { AnyPlugin, Services } from '@signalbox/host'
import { memoryStore } from '@signalbox/stores/memory'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import { openBench } from './__fixtures__/bench.ts'
import type { Answer, Bench } from './__fixtures__/bench.ts'
import { CONTRACT_SETTINGS } from './contract.ts'

const walked = walk(poppyService)
const placeOf = ({ value, context, done, status }: State): string =>
  done
    ? `gone ${JSON.stringify(value)}`
    : `${status} ${JSON.stringify([value, poppyService.facet(context, 0)])}`

const byPlace = new Map<string, ReadonlyArray<Attempt>>()
for (const attempt of walked.attempts)
  byPlace.set(placeOf(attempt.from), [...(byPlace.get(placeOf(attempt.from)) ?? []), attempt])

const taken = new Set<string>()
const pairs = new Set<string>()

// Nothing is reported but what the walk reports, and its reports come as news.
const openSubject = async (): Promise<Subject> => {
  let services: Services | undefined
  const bench = await openBench(
    memoryStore(),
    { driver: { kind: 'manual' } },
    (plugin): AnyPlugin => ({
      ...plugin,
      setup: (tools) => {
        services = tools.services
        return plugin.setup(tools)
      },
    }),
  )
  if (services === undefined) throw new Error('the plugin was not set up')
  const made = await bench.ask('ann', 'POST /v1.0/acme-7/services', {
    name: 'shop',
    domains: [{ domain: 'www.example.com' }],
    origins: [{ origin: 'origin.example.com' }],
    flavor_id: 'cdn',
  })
  expect(made.status).toBe(202)
  const location = made.headers.get('location') ?? ''
  const id = location.slice(location.lastIndexOf('/') + 1)
  return { bench, services, id, path: `/v1.0/acme-7/services/${id}` }
}

interface Subject {
  readonly bench: Bench
  readonly services: Services
  readonly id: string
  readonly path: string
}

const stateOf = async ({ bench, id }: Subject): Promise<State> => {
  const loaded = await bench.store.load({ provider: 'poppy', tenant: 'acme-7', id })()
  if (E.isLeft(loaded) || loaded.right === undefined) throw new Error('no state')
  return loaded.right
}

// When it was does not matter, only whether work runs.
const essence = ({ value, status, done, labels, context }: State): object => ({
  value,
  status,
  done,
  labels,
  context: { ...context, project: null, since: context['since'] === null },
})

const send = async (subject: Subject, event: Event): Promise<Answer> => {
  const { bench, path, id } = subject
  switch (event.type) {
    case 'service.update': {
      const { domains } = event['config'] as { readonly domains: unknown }
      return bench.ask('ann', `PATCH ${path}`, [
        { op: 'replace', path: '/domains', value: domains },
      ])
    }
    case 'service.purge':
      return bench.ask('ann', `DELETE ${path}/assets?hard=${String(event['hard'])}`)
    case 'service.delete':
      return bench.ask('ann', `DELETE ${path}`)
    case 'service.setStatus': {
      if (event['flavorExists'] === false) await bench.ask('ops', 'DELETE /v1.0/acme-7/flavors/cdn')
      const body = { project_id: 'acme-7', service_id: id, status: event['status'] }
      const answer = await bench.ask('ops', 'POST /v1.0/acme-7/admin/services/status', body)
      await bench.ask('ops', 'POST /v1.0/acme-7/flavors', CONTRACT_SETTINGS.seedFlavors[0])
      return answer
    }
    case 'service.disable':
    case 'service.enable': {
      const action = event.type.replace('service.', '')
      const body = { domain: 'www.example.com', action }
      return bench.ask('ops', 'POST /v1.0/acme-7/admin/services/action', body)
    }
    case 'service.setOperatorUrl':
      return bench.ask('ops', `PATCH /v1.0/acme-7/admin/services/provider_details/${id}`, {
        project_id: 'acme-7',
        domain_name: event['domain'],
        operator_url: event['operatorUrl'],
        provider_url: '0b7e9d52.edge.mock.example.net',
      })
  }
  throw new Error(`no request sends ${event.type}`)
}

const perform = async (subject: Subject, move: Move): Promise<Answer | undefined> => {
  switch (move.kind) {
    case 'command':
      return send(subject, move.event)
    case 'report': {
      const ref = { provider: 'poppy', tenant: 'acme-7', id: subject.id }
      await subject.services.report(poppyService, ref, move.event)()
      return undefined
    }
    case 'deadline':
      await subject.bench.advance(600_000)
      return undefined
  }
}

describe('every move of the walk, over HTTP', () => {
  it.each([...byPlace])('in %s', async (_, attempts) => {
    for (const { from, way, move, outcome, edges } of attempts) {
      const subject = await openSubject()
      for (const step of way) await perform(subject, step)
      const before = await stateOf(subject)
      const about = JSON.stringify([way.map(wordOf), wordOf(move)])
      expect(essence(before), about).toEqual(essence(from))

      const answer = await perform(subject, move)
      const after = await stateOf(subject)
      if (E.isRight(outcome)) {
        expect(essence(after), about).toEqual(essence(outcome.right.after))
        for (const { id } of edges) taken.add(id)
      } else expect(after, about).toEqual(before)
      if (answer === undefined || move.kind !== 'command') continue

      pairs.add(`${from.status} ${move.event.type}`)
      expect(answer.status, `${about} ${answer.text}`).toSatisfy(
        E.isRight(outcome)
          ? (status: number) => status === 201 || status === 202
          : (status: number) => status === 400 || status === 404,
      )
      if (E.isLeft(outcome))
        expect(answer.value, about).toEqual({ message: refusalOf(from, move.event, subject.id) })
    }
  })
})

afterAll(() => {
  expect([...taken].toSorted()).toEqual(walked.edges.taken.map(({ id }) => id).toSorted())
  expect(walked.edges.missed).toEqual([])
  process.stdout.write(
    `\npoppy/service over HTTP: ${walked.attempts.length} moves, ${taken.size} transitions, ${pairs.size} pairs of status and command\n`,
  )
})

const wordOf = (move: Move): string => (move.kind === 'deadline' ? move.name : move.event.type)

const refusalOf = ({ done, context }: State, event: Event, id: string): string => {
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
      return `Services action ${event.type.replace('service.', '')} on tenant: None failed, Reason: Domain www.example.com does not exist`
  }
}
