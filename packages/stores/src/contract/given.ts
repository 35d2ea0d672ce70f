import type { Deadline, Effect, JournalEntry, ServiceRef, State } from '@signalbox/core'
import { emptyCommit } from '@signalbox/core/store'
import type {
  Commit,
  CommitFailure,
  Committed,
  Lease,
  Page,
  Store,
  StoreFailure,
} from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { OpenedStore } from '../contract.ts'

/** Gives the case its store. */
export type Given = () => OpenedStore

/** Names a service. */
export const refOf = (id: string, tenant = 'acme', provider = 'demo'): ServiceRef => ({
  provider,
  tenant,
  id,
})

/** Makes a state; the first of its service unless told otherwise. */
export const stateOf = (ref: ServiceRef, over: Partial<State> = {}): State => ({
  ref,
  lifecycle: 'demo/service',
  version: 1,
  value: 'on',
  status: 'ON',
  context: { since: 5 },
  deadlines: [],
  labels: {},
  done: false,
  revision: 1,
  generation: 1,
  createdAt: 10,
  changedAt: 10,
  ...over,
})

/** Makes an effect in the main lane. */
export const effectOf = (id: string, ref: ServiceRef, over: Partial<Effect> = {}): Effect => ({
  id,
  ref,
  lifecycle: 'demo/service',
  type: 'provision',
  params: { size: 1 },
  generation: 1,
  lane: 'main',
  at: 100,
  ...over,
})

/** Makes a journal entry. */
export const entryOf = (
  id: string,
  ref: ServiceRef,
  over: Partial<JournalEntry> = {},
): JournalEntry => ({
  id,
  ref,
  at: 10,
  kind: 'command',
  type: 'service.create',
  outcome: 'moved',
  from: null,
  to: 'ON',
  revision: 1,
  generation: 1,
  ...over,
})

/** Makes a deadline. */
export const deadlineOf = (name: string, dueAt: number, generation = 1): Deadline => ({
  name,
  dueAt,
  armedAt: 10,
  generation,
})

/** Makes a commit of some parts. */
export const commitOf = (parts: Partial<Commit>): Commit => ({ ...emptyCommit, ...parts })

/** Makes a commit that writes states over the revision before theirs. */
export const writing = (states: ReadonlyArray<State>, parts: Partial<Commit> = {}): Commit => ({
  ...emptyCommit,
  states: states.map((state) => ({ state, expected: state.revision - 1 })),
  ...parts,
})

/** Runs a question and takes its answer; a store that cannot answer fails the case. */
export const answer = async <A>(question: TE.TaskEither<StoreFailure, A>): Promise<A> => {
  const either = await question()
  if (E.isLeft(either))
    throw new Error(`the store could not answer: ${JSON.stringify(either.left)}`)
  return either.right
}

/** Commits one commit. */
export const commitOne = async (
  store: Store,
  commit: Commit,
): Promise<E.Either<CommitFailure, Committed>> => {
  const [result] = await answer(store.commit([commit]))
  if (result === undefined) throw new Error('the store answered no commit')
  return result
}

/** Commits one commit that must stand. */
export const stand = async (store: Store, commit: Commit): Promise<Committed> => {
  const result = await commitOne(store, commit)
  if (E.isLeft(result)) throw new Error(`the commit was refused: ${JSON.stringify(result.left)}`)
  return result.right
}

/** Commits one commit that must be refused, and says why it was. */
export const refusalOf = async (store: Store, commit: Commit): Promise<CommitFailure> => {
  const result = await commitOne(store, commit)
  if (E.isRight(result)) throw new Error('the commit stands')
  return result.left
}

/** A lease of ten seconds. */
export const leaseAt = (now: number, over: Partial<Lease> = {}): Lease => ({
  owner: 'one',
  now,
  until: now + 10_000,
  limit: 100,
  ...over,
})

/** Follows the cursors of a list from its first page to its last. */
export const everyPage = async <A>(
  turn: (after: string | undefined) => TE.TaskEither<StoreFailure, Page<A>>,
): Promise<ReadonlyArray<ReadonlyArray<A>>> => {
  const pages: Array<ReadonlyArray<A>> = []
  let after: string | undefined
  do {
    const page: Page<A> = await answer(turn(after))
    pages.push(page.items)
    after = page.next
  } while (after !== undefined)
  return pages
}
