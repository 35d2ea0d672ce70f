import type { EffectQuery } from '@signalbox/core/store'
import { readCounted } from './cursor.ts'
import { condition, given } from './selection.ts'
import type { Condition } from './selection.ts'

/** The works that have an index to themselves, for they are seldom and people look for them; said in the words of that index. */
export const IS_STOPPED = `work in ('parked', 'failed', 'unknown', 'superseded')`

/** Tells whether only open effects can be asked for. */
export const asksForOpen = ({ open, work }: EffectQuery): boolean =>
  open === true || work === 'pending' || work === 'leased'

/** Tells whether only effects of one of the works that have an index to themselves can be asked for. */
export const asksForStopped = ({ work }: EffectQuery): boolean =>
  work !== undefined && IS_STOPPED.includes(`'${work}'`)

/** The conditions on the rows of a page of effects; `isOpen` tells the open ones from the others. */
export const effectConditions = (query: EffectQuery, isOpen: string): ReadonlyArray<Condition> => {
  const { ref, work, provider, tenant, after } = query
  return [
    condition('seq > ?', readCounted(after)),
    ...(asksForOpen(query) ? [condition(isOpen)] : []),
    ...(asksForStopped(query) ? [condition(IS_STOPPED)] : []),
    ...given('work = ?', work),
    ...given('provider = ?', ref?.provider),
    ...given('tenant = ?', ref?.tenant),
    ...given('service = ?', ref?.id),
    ...given('provider = ?', provider),
    ...given('tenant = ?', tenant),
  ]
}
