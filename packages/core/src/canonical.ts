import * as t from 'io-ts'
import type { Lifecycle } from './lifecycle.ts'
import type { State } from './state.ts'

/** What every vendor's status comes to, for who looks at services of several. */
export const Canonical = t.keyof(
  {
    creating: null,
    active: null,
    updating: null,
    suspended: null,
    failed: null,
    deleting: null,
    deleted: null,
    unknown: null,
  },
  'Canonical',
)
export type Canonical = t.TypeOf<typeof Canonical>

/** The canonical status of a service; one that has ended is deleted, whatever its last status was. */
export const canonicalOf = (
  { canonical }: Pick<Lifecycle, 'canonical'>,
  { done, status }: Pick<State, 'done' | 'status'>,
): Canonical => (done ? 'deleted' : (canonical[status] ?? 'unknown'))

/**
 * Tells whether one canonical status may follow another; undefined is before the creation. What stays as it is is no step.
 * A status that a vendor's own chart reaches by any other way is mapped wrongly.
 */
export const isCanonicalStep = (from: Canonical | undefined, to: Canonical): boolean =>
  from === to || (from === undefined ? FIRST : STEPS[from]).includes(to)

// -- internals

const FIRST: ReadonlyArray<Canonical> = ['creating', 'active', 'suspended', 'unknown']

// A vendor may suspend at any time, make anew what is there, and take a deleted service into use again.
const STEPS: Readonly<Record<Canonical, ReadonlyArray<Canonical>>> = {
  creating: ['active', 'suspended', 'failed', 'deleting', 'deleted', 'unknown'],
  active: ['creating', 'updating', 'suspended', 'failed', 'deleting', 'deleted', 'unknown'],
  updating: ['active', 'suspended', 'failed', 'deleting', 'deleted', 'unknown'],
  suspended: ['creating', 'active', 'updating', 'failed', 'deleting', 'deleted', 'unknown'],
  failed: ['creating', 'active', 'updating', 'suspended', 'deleting', 'deleted', 'unknown'],
  deleting: ['active', 'suspended', 'failed', 'deleted', 'unknown'],
  deleted: ['creating', 'active', 'updating'],
  unknown: ['active', 'updating', 'suspended', 'failed', 'deleting', 'deleted'],
}
