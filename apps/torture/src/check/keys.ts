import { refKey } from '@signalbox/core'
import type { State } from '@signalbox/core'
import type { Evidence, Rules, Violation } from './evidence.ts'

/** Holds claims, counters and sums against the services that they are about. */
export const checkKeys = (
  {
    states,
    claims,
    quotas,
    standings,
  }: Pick<Evidence, 'states' | 'claims' | 'quotas' | 'standings'>,
  rules: Pick<Rules, 'lifecycles'>,
): ReadonlyArray<Violation> => {
  const holders = new Map<string, string>()
  const counts = new Map<string, number>()
  for (const state of states) {
    for (const key of keysOf(state, rules, 'claims')) holders.set(key, refKey(state.ref))
    for (const key of keysOf(state, rules, 'quotas')) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const statuses = new Map(states.map((state) => [refKey(state.ref), state.status]))
  return [
    ...union(holders.keys(), claims).flatMap((key) =>
      odd(key, 'held by', claims[key], holders.get(key)),
    ),
    ...union(counts.keys(), quotas).flatMap((key) =>
      odd(key, 'counts', quotas[key] ?? 0, counts.get(key) ?? 0),
    ),
    ...Object.entries(standings).flatMap(([key, status]) =>
      odd(key, 'summed up as', status, statuses.get(key)),
    ),
  ]
}

// -- internals

const union = (keys: Iterable<string>, stored: object): ReadonlyArray<string> => [
  ...new Set([...keys, ...Object.keys(stored)]),
]

const keysOf = (
  { lifecycle: name, done, value, context }: State,
  { lifecycles }: Pick<Rules, 'lifecycles'>,
  kind: 'claims' | 'quotas',
): ReadonlyArray<string> => {
  const lifecycle = lifecycles.find((each) => each.name === name)
  return lifecycle === undefined || done ? [] : lifecycle[kind](value, context)
}

const odd = (
  key: string,
  words: string,
  stored: string | number | undefined,
  due: string | number | undefined,
): ReadonlyArray<Violation> =>
  stored === due
    ? []
    : [{ kind: 'keys', subject: key, words: `${words} ${stored}, and should be by ${due}` }]
