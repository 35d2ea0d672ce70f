import type { ServiceRef } from '@signalbox/core'
import {
  claimTaken,
  documentConflict,
  effectSettled,
  quotaExceeded,
  receiptExists,
  revisionConflict,
} from '@signalbox/core/store'
import type { Commit, CommitFailure, Committed, DocumentKey } from '@signalbox/core/store'
import * as E from 'fp-ts/lib/Either.js'
import { instantOf } from '../instant.ts'
import { changesOf } from './changes.ts'
import type { Connection } from './database.ts'
import { journalCursor } from './journal.ts'
import { labelOf } from './states.ts'

/**
 * Commits a batch in one round trip, as one transaction; in two when one of many changes cannot stand. It is repeated only
 * when the server says that it undid it; when the connection breaks, nobody here can tell whether it took place.
 */
export const commitAll = async (
  connection: Connection,
  batch: ReadonlyArray<Commit>,
): Promise<Answers> =>
  batch.length === 0
    ? []
    : ((await commitTogether(connection, batch)) ?? (await commitEach(connection, batch)))

// -- internals

type Answers = ReadonlyArray<E.Either<CommitFailure, Committed>>

const commitTogether = async (
  { once }: Connection,
  batch: ReadonlyArray<Commit>,
): Promise<Answers | undefined> => {
  const changes = changesOf(batch)
  if (changes === undefined) return undefined
  const [row] = await once<{ readonly answer: string | null }>(
    TOGETHER,
    JSON.stringify(changes.changes),
    JSON.stringify(changes.effects),
    JSON.stringify(changes.settles),
    JSON.stringify(batch.flatMap(deadlinesOf)),
    JSON.stringify(batch.flatMap(entriesOf)),
  )
  if (row === undefined || row.answer === null) return undefined
  const { leased, ...written }: Written & { readonly leased: ReadonlyArray<string> } = JSON.parse(
    row.answer,
  )
  const held = new Set(leased)
  return committedOf(
    batch,
    written,
    batch.map(({ effects }) => ({
      leased: effects.map(({ id }) => id).filter((id) => held.has(id)),
    })),
  )
}

const commitEach = async ({ once }: Connection, batch: ReadonlyArray<Commit>): Promise<Answers> => {
  const [row] = await once<{ readonly answer: string }>(
    COMMIT,
    JSON.stringify(batch.map(stepsOf)),
    JSON.stringify(keysOf(batch)),
    JSON.stringify(batch.flatMap(deadlinesOf)),
    JSON.stringify(batch.flatMap(entriesOf)),
  )
  if (row === undefined) throw new Error('the database did not answer a batch')
  const { answers, ...written }: Written & { readonly answers: ReadonlyArray<Refused | Stands> } =
    JSON.parse(row.answer)
  return committedOf(batch, written, answers)
}

const committedOf = (
  batch: ReadonlyArray<Commit>,
  { era, xid, entries }: Written,
  answers: ReadonlyArray<Refused | Stands>,
): Answers => {
  let written = 0
  return answers.map((answer, n) => {
    if ('refused' in answer) return E.left(toFailure(answer))
    const count = batch[n]?.journal.length ?? 0
    written += count
    const id = entries[written - 1]
    const cursor = count === 0 || id === undefined ? undefined : journalCursor({ era, xid, id })
    return E.right({ cursor, leased: answer.leased })
  })
}

const TOGETHER =
  'select signalbox.commit_together_1(?::jsonb, ?::jsonb, ?::jsonb, ?::jsonb, ?::jsonb) as answer'
const COMMIT = 'select signalbox.commit_1(?::jsonb, ?::jsonb, ?::jsonb, ?::jsonb) as answer'

/** What the function `apply_1` knows to do; which members a step has depends on `op`. */
type Step = Readonly<Record<string, unknown>> & { readonly op: string }

const stepsOf = (commit: Commit): ReadonlyArray<Step> => {
  const { receipt, lease } = commit
  const settles = commit.settles.map(({ effect, outcome, at, message }) => ({
    op: 'settle',
    key: effect,
    status: outcome,
    at,
    ...(message === undefined ? {} : { body: JSON.stringify(message) }),
  }))
  const outcomes = [
    ...settles,
    ...commit.parks.map(({ effect, at, error }) => ({
      op: 'park',
      key: effect,
      at,
      body: JSON.stringify(error),
    })),
    ...commit.retries.map(({ effect, at }) => ({ op: 'retry', key: effect, at })),
  ]
  const effects = commit.effects.map((effect) => ({
    op: 'effect',
    ...effect.ref,
    key: effect.id,
    lane: effect.lane,
    generation: effect.generation,
    at: effect.at,
    body: JSON.stringify(effect),
  }))
  return [
    ...(receipt === undefined
      ? []
      : [
          {
            op: 'receipt',
            key: receipt.key,
            holder: receipt.fingerprint,
            body: JSON.stringify(receipt.reply),
            until: receipt.expiresAt,
            at: instantOf(commit),
          },
        ]),
    ...commit.states.map(({ state, expected }) => ({
      op: 'state',
      ...state.ref,
      lifecycle: state.lifecycle,
      status: state.status,
      done: state.done,
      labels: Object.entries(state.labels).map(labelOf).toSorted(),
      expected,
      revision: state.revision,
      generation: state.generation,
      body: JSON.stringify(state),
    })),
    // Outcomes first free the lanes, so that an effect is leased as it is written; unless they are outcomes of these effects.
    ...(outcomes.some(({ key }) => effects.some((effect) => effect.key === key))
      ? [...effects, ...outcomes, ...(lease === undefined ? [] : [{ op: 'lease', ...lease }])]
      : [...outcomes, ...effects.map((effect) => ({ ...effect, ...lease }))]),
    ...commit.releases.map((claim) => ({ op: 'release', ...claim })),
    ...commit.takes.map((claim) => ({ op: 'take', ...claim })),
    ...commit.quotas.map(({ key, by, limit }) => ({
      op: 'quota',
      key,
      count: by,
      expected: limit,
    })),
    ...commit.documents.map(({ body, ...document }) => ({
      op: 'document',
      ...document,
      ...(body === null ? {} : { body: JSON.stringify(body) }),
    })),
  ]
}

// Deadlines and entries say by `n` to which commit they belong; the database counts from 1.
const deadlinesOf = ({ cancelled, armed }: Commit, index: number): ReadonlyArray<unknown> => [
  ...cancelled.map(({ ref, name }) => ({ n: index + 1, ...ref, name })),
  ...armed.map(({ ref, deadline: { name, dueAt, generation } }) => ({
    n: index + 1,
    ...ref,
    name,
    until: dueAt,
    generation,
  })),
]

const entriesOf = ({ journal }: Commit, index: number): ReadonlyArray<unknown> =>
  journal.map((entry) => ({ n: index + 1, ...entry.ref, body: JSON.stringify(entry) }))

// Each key once, and no list that is empty.
const keysOf = (batch: ReadonlyArray<Commit>): Readonly<Record<string, ReadonlyArray<unknown>>> => {
  const lists = {
    receipts: batch.flatMap(({ receipt }) => receipt?.key ?? []),
    services: batch
      .flatMap(({ states, effects, armed, cancelled }) => [
        ...states.map(({ state }) => state),
        ...effects,
        ...armed,
        ...cancelled,
      ])
      .map(({ ref }) => [ref.provider, ref.tenant, ref.id]),
    settles: batch
      .flatMap(({ settles, parks, retries }) => [...settles, ...parks, ...retries])
      .map(({ effect }) => effect),
    documents: batch
      .flatMap(({ documents }) => documents)
      .map(({ provider, kind, id }) => [provider, kind, id]),
    claims: batch.flatMap(({ takes, releases }) => [...takes, ...releases]).map(({ key }) => key),
    quotas: batch.flatMap(({ quotas }) => quotas).map(({ key }) => key),
  }
  return Object.fromEntries(
    Object.entries(lists)
      .filter(([, keys]) => keys.length > 0)
      .map(([name, keys]) => [name, distinct(keys)]),
  )
}

const distinct = (keys: ReadonlyArray<unknown>): ReadonlyArray<unknown> => [
  ...new Map(keys.map((key) => [JSON.stringify(key), key])).values(),
]

interface Written {
  readonly era: number
  readonly xid: string
  /** The numbers of the entries that were written, in their order. */
  readonly entries: ReadonlyArray<number>
}

interface Stands {
  readonly leased: ReadonlyArray<string>
}

type Refused =
  | {
      readonly refused: 'receipt'
      readonly key: string
      readonly fingerprint: string
      readonly reply: string
      readonly until: number
    }
  | (ServiceRef & {
      readonly refused: 'state'
      readonly expected: number
      readonly actual: number
    })
  | { readonly refused: 'effect'; readonly key: string }
  | { readonly refused: 'claim'; readonly key: string; readonly holder: string }
  | { readonly refused: 'quota'; readonly key: string; readonly limit: number }
  | (DocumentKey & {
      readonly refused: 'document'
      readonly expected: number
      readonly actual: number
    })

const toFailure = (answer: Refused): CommitFailure => {
  switch (answer.refused) {
    case 'receipt': {
      const { key, fingerprint, reply, until } = answer
      return receiptExists({ key, fingerprint, reply: JSON.parse(reply), expiresAt: until })
    }
    case 'state': {
      const { provider, tenant, id, expected, actual } = answer
      return revisionConflict({ provider, tenant, id }, expected, actual)
    }
    case 'effect':
      return effectSettled(answer.key)
    case 'claim':
      return claimTaken(answer.key, answer.holder)
    case 'quota':
      return quotaExceeded(answer.key, answer.limit)
    case 'document': {
      const { provider, kind, id, expected, actual } = answer
      return documentConflict({ provider, kind, id }, expected, actual)
    }
  }
}
