import type { Report, State } from '@signalbox/core'
import type { Clock } from './clock.ts'
import type { Change } from './loop.ts'

/** Waits for the work that one change has asked for, and for what follows from it. */
export interface Settlements {
  /** Begins to watch a service; at most one watch a service at a time. */
  readonly watch: (key: string) => Watch
  readonly isWatched: (key: string) => boolean
  /** Every change passes here once it stands. */
  readonly changed: (change: Change) => void
  /** An effect ended without a report; `handedOver` when its report comes by another way. */
  readonly ended: (key: string, effect: string, handedOver: boolean) => void
}

/** One wait. */
interface Watch {
  /** Resolves when no work is open any more, or at an instant of the clock. */
  readonly until: (change: Change, at: number) => Promise<Watched>
  readonly close: () => void
}

/** What a wait has seen. */
interface Watched {
  readonly state: State
  readonly reports: ReadonlyArray<Report>
  readonly finished: boolean
}

/** Makes the place where settling routes wait. */
export const createSettlements = (clock: Clock): Settlements => {
  const views = new Map<string, View>()
  return {
    watch: (key) => {
      const view: View = { open: new Map(), reports: [], begun: false, handedOver: false }
      views.set(key, view)
      return {
        until: (change, at) =>
          new Promise((resolve) => {
            const end = (): void => {
              cancel()
              const state = view.state ?? change.after
              const finished = view.open.size === 0 && !view.handedOver
              resolve({ state, reports: [...view.reports], finished })
            }
            const cancel = clock.after(at - clock.now(), end)
            view.done = end
            if (view.open.size === 0 || clock.now() >= at) end()
          }),
        close: () => {
          views.delete(key)
        },
      }
    },
    isWatched: (key) => views.has(key),
    changed: (change) => {
      const view = views.get(change.key)
      if (view === undefined) return
      note(view, change)
      if (view.open.size === 0) view.done?.()
    },
    ended: (key, effect, handedOver) => {
      const view = views.get(key)
      if (view === undefined || !view.open.delete(effect)) return
      if (handedOver) view.handedOver = true
      if (view.open.size === 0) view.done?.()
    },
  }
}

// -- internals

interface View {
  /** The generation of each effect waited for, by id. */
  readonly open: Map<string, number>
  readonly reports: Array<Report>
  begun: boolean
  handedOver: boolean
  state?: State
  done?: () => void
}

// What the watched command and its reports and deadlines ask for is waited for; other commands only show their state.
const note = (view: View, change: Change): void => {
  const { lifecycle, after, work, cause, settling, report } = change
  if (settling) view.begun = true
  if (!view.begun) return
  view.state = after
  const awaited = report?.effect === undefined || view.open.delete(report.effect.id)
  for (const [id, generation] of view.open)
    if (generation < after.generation || after.done) view.open.delete(id)
  if (report !== undefined && awaited) view.reports.push(report)
  if (cause === 'command' && !settling) return
  for (const { id, type, generation } of work)
    if (lifecycle.effects[type]?.background !== true) view.open.set(id, generation)
}
