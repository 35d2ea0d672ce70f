import type { ServiceRef } from '@signalbox/core'
import type { Commit } from '@signalbox/core/store'
import { labelOf } from './states.ts'

/** A batch as the function `commit_together_1` takes it, without its deadlines and entries. */
export interface Changes {
  readonly changes: ReadonlyArray<object>
  readonly effects: ReadonlyArray<object>
  readonly settles: ReadonlyArray<object>
}

/** The changes of a batch whose order does not matter; undefined when there is more to it than that. */
export const changesOf = (batch: ReadonlyArray<Commit>): Changes | undefined =>
  batch.every(isPlain) &&
  areDistinct(batch.flatMap(({ states }) => states.map(({ state }) => keyOf(state.ref)))) &&
  areDistinct(batch.flatMap(({ effects }) => effects.map(({ id }) => id))) &&
  areDistinct(batch.flatMap(({ settles }) => settles.map(({ effect }) => effect)))
    ? {
        changes: batch.flatMap(stateOf),
        effects: batch.flatMap(effectsOf),
        settles: batch.flatMap(settlesOf),
      }
    : undefined

// -- internals

const keyOf = ({ provider, tenant, id }: ServiceRef): string =>
  JSON.stringify([provider, tenant, id])

const areDistinct = (keys: ReadonlyArray<string>): boolean => new Set(keys).size === keys.length

// Of one service that is there, and of what belongs to it.
const isPlain = (commit: Commit): boolean => {
  const { receipt, states, effects, settles, armed, cancelled } = commit
  const others = [
    commit.parks,
    commit.retries,
    commit.takes,
    commit.releases,
    commit.quotas,
    commit.documents,
  ]
  const [written] = states
  if (receipt !== undefined || others.some(({ length }) => length > 0)) return false
  if (written === undefined || states.length > 1 || written.expected === 0) return false
  const service = keyOf(written.state.ref)
  const isOwn = ({ ref }: { readonly ref: ServiceRef }): boolean => keyOf(ref) === service
  const settled = ownSettled(commit)
  const open = effects.filter(({ id }) => !settled.has(id))
  return (
    [effects, armed, cancelled].every((list) => list.every(isOwn)) &&
    (settled.size === 0 || settled.size === settles.length) &&
    areDistinct(open.map(({ lane }) => lane))
  )
}

// The outcomes of effects that the commit itself adds.
const ownSettled = ({ effects, settles }: Commit): ReadonlyMap<string, Commit['settles'][number]> =>
  new Map(
    settles
      .filter(({ effect }) => effects.some(({ id }) => id === effect))
      .map((settlement) => [settlement.effect, settlement]),
  )

const stateOf = ({ states }: Commit, index: number): ReadonlyArray<object> =>
  states.map(({ state, expected }) => ({
    n: index + 1,
    ...state.ref,
    lifecycle: state.lifecycle,
    status: state.status,
    done: state.done,
    labels: Object.entries(state.labels).map(labelOf).toSorted(),
    expected,
    revision: state.revision,
    generation: state.generation,
    body: JSON.stringify(state),
  }))

const effectsOf = (commit: Commit): ReadonlyArray<object> => {
  const settled = ownSettled(commit)
  return commit.effects.map((effect) => {
    const { id, ref, lane, generation, at } = effect
    const outcome = settled.get(id)
    return {
      ...ref,
      key: id,
      lane,
      generation,
      at,
      ...(outcome === undefined
        ? commit.lease
        : { status: outcome.outcome, settled: outcome.at, error: errorOf(outcome) }),
      body: JSON.stringify(effect),
    }
  })
}

const settlesOf = (commit: Commit): ReadonlyArray<object> => {
  const settled = ownSettled(commit)
  return commit.states.flatMap(({ state: { ref } }) =>
    commit.settles
      .filter(({ effect }) => !settled.has(effect))
      .map((settlement) => ({
        ...ref,
        key: settlement.effect,
        status: settlement.outcome,
        at: settlement.at,
        body: errorOf(settlement),
      })),
  )
}

// As text that any database takes, whatever is in it.
const errorOf = ({ message }: Commit['settles'][number]): string | null =>
  message === undefined ? null : JSON.stringify(message)
