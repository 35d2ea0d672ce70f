import { emptyCommit } from '@signalbox/core/store'
import type { Commit } from '@signalbox/core/store'
import type { Line, Work } from './export-line.ts'

/** What is to be committed for a line; a sequence is no part of a commit. */
export const commitOfLine = ({ kind, value }: Line): Commit => {
  switch (kind) {
    case 'sequence':
      return emptyCommit
    case 'document':
      return { ...emptyCommit, documents: [{ ...value, expected: 0 }] }
    case 'claim':
      return { ...emptyCommit, takes: [value] }
    case 'quota':
      return { ...emptyCommit, quotas: [{ key: value.key, by: value.count }] }
    case 'effect':
      return { ...emptyCommit, effects: [value.effect], ...endOf(value) }
    case 'state':
      return {
        ...emptyCommit,
        states: [{ state: value, expected: 0 }],
        armed: value.deadlines.map((deadline) => ({ ref: value.ref, deadline })),
      }
    case 'journal':
      return { ...emptyCommit, journal: [value] }
    case 'receipt':
      return { ...emptyCommit, receipt: value }
  }
}

/** Makes one commit of several, of which one may have a receipt. */
export const together = (commits: ReadonlyArray<Commit>): Commit => {
  const receipt = commits.find((commit) => commit.receipt !== undefined)?.receipt
  return {
    ...emptyCommit,
    documents: commits.flatMap(({ documents }) => documents),
    takes: commits.flatMap(({ takes }) => takes),
    quotas: commits.flatMap(({ quotas }) => quotas),
    effects: commits.flatMap(({ effects }) => effects),
    settles: commits.flatMap(({ settles }) => settles),
    parks: commits.flatMap(({ parks }) => parks),
    states: commits.flatMap(({ states }) => states),
    armed: commits.flatMap(({ armed }) => armed),
    journal: commits.flatMap(({ journal }) => journal),
    ...(receipt !== undefined && { receipt }),
  }
}

// -- internals

// A lease ends with the host that held it. What is superseded becomes so again when the state of its service is written.
const endOf = ({ effect: { id }, work, at, error }: Work): Partial<Commit> => {
  switch (work) {
    case 'pending':
    case 'leased':
    case 'superseded':
      return {}
    case 'parked':
      return { parks: [{ effect: id, at, error: error ?? '' }] }
    case 'done':
    case 'failed':
    case 'unknown':
      return {
        settles: [
          { effect: id, outcome: work, at, ...(error !== undefined && { message: error }) },
        ],
      }
  }
}
