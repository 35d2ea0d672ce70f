import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { Actor, Event } from './input.ts'
import type { Lifecycle } from './lifecycle.ts'
import { make, spell } from './moves.ts'
import type { Move } from './moves.ts'
import { plan } from './plan.ts'
import { gcoreService } from './providers/gcore/index.ts'
import { poppyService } from './providers/poppy/index.ts'
import { zosService } from './providers/zosconnect/index.ts'
import type { State } from './state.ts'
import { walk } from './testing.ts'
import { seekWays, toCommand } from './way.ts'
import type { Goal, Way } from './way.ts'

interface Place {
  readonly state: State
  readonly at: number
}

const succeeds = (
  lifecycle: Lifecycle,
  { state, at }: Place,
  event: Event,
  actor: Actor,
): boolean => E.isRight(make(lifecycle, state, { kind: 'command', event, actor }, at))

const waysOf = (
  lifecycle: Lifecycle,
  { state, at }: Place,
  goals: ReadonlyArray<Goal>,
  actor: Actor,
): ReadonlyArray<Way | undefined> => {
  const search = seekWays(lifecycle, state, goals, { at, actors: [actor] })
  for (;;) {
    const slice = search.next()
    if (slice.done === true) return slice.value
  }
}

// Goes a way step by step; undefined where a step is refused.
const follow = (lifecycle: Lifecycle, from: Place, way: Way): Place | undefined => {
  let place: Place = from
  for (const { move, at } of way) {
    const made = make(lifecycle, place.state, move, place.at)
    if (E.isLeft(made)) return undefined
    place = { state: made.right.after, at }
  }
  return place
}

/** Every reachable state, and of each the states that one step of a caller, of the world or of the clock leads to. */
const chartOf = (lifecycle: Lifecycle) => {
  const { states, attempts } = walk(lifecycle)
  const instants = new Map<State, number>()
  for (const { from, move, at } of attempts) if (move.kind !== 'deadline') instants.set(from, at)
  const places = states
    .filter(({ done }) => !done)
    .map((state): Place => ({ state, at: instants.get(state) ?? state.changedAt }))
  const byKey = new Map(
    places.map((place) => [spell(lifecycle, place.state, place.at), place.state]),
  )
  const steps = attempts.flatMap(({ from, move, at, outcome }) => {
    if (E.isLeft(outcome) || !outcome.right.changed) return []
    const to = byKey.get(spell(lifecycle, outcome.right.after, at))
    return to === undefined ? [] : [{ from, move, to }]
  })
  return { places, steps }
}

// The states from which a caller may come to one of the wanted states, each with the next step.
const before = (
  { steps }: ReturnType<typeof chartOf>,
  wanted: ReadonlyArray<State>,
  actor: Actor,
): ReadonlyMap<State, Hop | undefined> => {
  const hops = new Map<State, Hop | undefined>(wanted.map((state) => [state, undefined]))
  const own = steps.filter(({ move }) => move.kind !== 'command' || move.actor.id === actor.id)
  for (let grown = -1; grown !== hops.size;) {
    grown = hops.size
    for (const { from, move, to } of own)
      if (hops.has(to) && !hops.has(from)) hops.set(from, { move, to })
  }
  return hops
}

interface Hop {
  readonly move: Move
  readonly to: State
}

// The chart takes states for the same that guards cannot tell apart now: what leads on from one may not from another.
const hopsFrom = (
  hops: ReadonlyMap<State, Hop | undefined>,
  { state, at }: Place,
): Way | undefined => {
  if (!hops.has(state)) return undefined
  const way: Array<Way[number]> = []
  let then = at
  for (let hop = hops.get(state); hop !== undefined; hop = hops.get(hop.to)) {
    then = hop.move.kind === 'deadline' ? Math.max(then, hop.move.at) : then
    way.push({ move: hop.move, words: '', at: then, status: hop.to.status })
  }
  return way
}

describe.each([poppyService, gcoreService, zosService].map((one) => [one.name, one] as const))(
  'the plan of %s',
  (_, lifecycle) => {
    const chart = chartOf(lifecycle)
    const { places } = chart
    const types = Object.keys(lifecycle.commands).filter((type) => type !== lifecycle.creation)
    const offersOf = ({ state, at }: Place, actor: Actor) => plan(lifecycle, state, { at, actor })

    it('has every command in every reachable state, allowed exactly when it succeeds', () => {
      for (const place of places)
        for (const actor of lifecycle.actors) {
          const offers = offersOf(place, actor)
          expect(offers.map(({ command }) => command)).toEqual(types)
          for (const { command, allowed, event, reasons } of offers) {
            const examples = lifecycle.commands[command]?.examples ?? []
            const some = examples.some((example) => succeeds(lifecycle, place, example, actor))
            expect({ command, allowed }).toEqual({ command, allowed: some })
            expect(succeeds(lifecycle, place, event, actor)).toBe(allowed)
            expect(reasons.length > 0).toBe(!allowed)
          }
        }
    })

    it('knows for what is refused a sequence after which it succeeds, exactly where something leads there', () => {
      let led = 0
      const sampled = new Set<string>()
      for (const actor of lifecycle.actors) {
        const refusals = places.map((place) => ({
          place,
          refused: offersOf(place, actor).filter(({ allowed }) => !allowed),
        }))
        const leading = new Map(
          types.map((type) => {
            const [event = { type }] = lifecycle.commands[type]?.examples ?? []
            const there = places.filter((place) => succeeds(lifecycle, place, event, actor))
            return [
              type,
              before(
                chart,
                there.map(({ state }) => state),
                actor,
              ),
            ]
          }),
        )
        for (const { place, refused } of refusals) {
          // That there is none is looked for once for each status: it takes a search of all that is reachable.
          const looked = refused.filter(({ command }) => {
            if (leading.get(command)?.has(place.state) === true) return true
            const key = `${actor.id} ${place.state.status} ${command}`
            const fresh = !sampled.has(key)
            sampled.add(key)
            return fresh
          })
          const goals = looked.map(({ event }) => toCommand(lifecycle, event, actor))
          const ways = waysOf(lifecycle, place, goals, actor)
          looked.forEach(({ command, event }, index) => {
            const way = ways[index]
            const hops = hopsFrom(leading.get(command) ?? new Map(), place)
            const leads = (steps: Way | undefined): boolean => {
              const end = steps && follow(lifecycle, place, steps)
              return end !== undefined && succeeds(lifecycle, end, event, actor)
            }
            const about = { command, actor: actor.id, from: place.state.status }
            const told = { ...about, found: way !== undefined, leads: leads(way ?? hops) }
            expect(told).toEqual({ ...about, found: told.leads, leads: told.found })
            if (told.found) led += 1
          })
        }
      }
      expect(led).toBeGreaterThan(places.length)
    }, 60_000)
  },
)
