import type { JournalEntry, Lifecycle, ServiceRef, State } from '@signalbox/core'
import type { PendingEffect } from '@signalbox/core/store'

/** What a client learned of a request it sent. */
export type Reply =
  | { readonly kind: 'accepted'; readonly status: number; readonly promise: Promised }
  | { readonly kind: 'refused'; readonly status: number }
  /** Nobody can tell: the connection broke, the time was up, or the server said that it cannot say. */
  | { readonly kind: 'unknown'; readonly fault?: Fault; readonly words: string }

/** An answer by which a server says that it cannot serve. */
interface Fault {
  readonly status: number
  readonly retryAfter: boolean
}

/** What a success means. */
export interface Promised {
  readonly provider: string
  readonly tenant: string
  /** Absent where the server chose it. */
  readonly id?: string
  /** The inputs that may carry the change. */
  readonly types: ReadonlyArray<string>
  /** How many services were changed. */
  readonly services: number
  /** The status that was answered: that of the change itself, or one that its work led to afterwards. */
  readonly to?: string
  readonly reported?: boolean
}

/** One request of the load. */
export interface Call {
  /** Its `X-Request-Id`. */
  readonly request: string
  readonly round: number
  /** Method and path. */
  readonly what: string
  /** A text that the request writes into its service, and no other request does. */
  readonly mark?: string
  readonly reply: Reply
}

/** A performance that was seen outside of the hosts. */
interface Seen {
  readonly effect: string
  readonly type: string
}

/** Everything that is known of a run, read once no host has the store. */
export interface Evidence {
  readonly calls: ReadonlyArray<Call>
  /** In the order of the store's cursor. */
  readonly journal: ReadonlyArray<JournalEntry>
  readonly states: ReadonlyArray<State>
  readonly effects: ReadonlyArray<PendingEffect>
  /** The holder of every key that a service of `states` holds or held. */
  readonly claims: Readonly<Record<string, string | undefined>>
  readonly quotas: Readonly<Record<string, number>>
  /** The services that the store says have a deadline that was due by `dueBy`. */
  readonly overdue: ReadonlyArray<ServiceRef>
  /** What is kept of a tenant's services taken together: the status of each, by `refKey`. */
  readonly standings: Readonly<Record<string, string>>
  /** What the world was asked to do; absent where nobody outside is asked. */
  readonly seen?: ReadonlyArray<Seen>
  /** The hosts' clock at the end, in ms since the epoch. */
  readonly at: number
  /** Deadlines that were due by then had the time to fire before the hosts stopped. */
  readonly dueBy: number
  /** Whether the hosts were given the time to finish everything. */
  readonly settled: boolean
}

/** What the services of a run are made of. */
export interface Rules {
  readonly lifecycles: ReadonlyArray<Lifecycle>
  /** Effects that no driver performs, as `lifecycle type`. */
  readonly undriven: ReadonlySet<string>
  /** Effects that the world is asked to perform, as `lifecycle type`. */
  readonly visible: ReadonlySet<string>
  /** How long after the change that armed it a deadline is due, in ms, as `lifecycle name`; those that are not always so are left out. */
  readonly spans: Readonly<Record<string, number>>
  /** Tells whether an answer says properly that the server cannot serve now. */
  readonly isUnavailable: (call: Pick<Call, 'what'>, fault: Fault) => boolean
  /** The mark that a state carries, if any. */
  readonly markOf: (state: State) => string | undefined
}

/** Everything that can be wrong. */
export const VIOLATIONS = {
  missing: 'an acknowledged change is not in the journal',
  altered: 'a change is not stored as it was acknowledged',
  undone: 'a refused request has changed something',
  twice: 'a request was applied twice',
  gap: 'the journal of a service does not follow on itself',
  illegal: 'a move that the machine does not have',
  state: 'a stored state is at odds with its journal',
  unperformed: 'an effect was lost or not performed',
  repeated: 'an effect has two ids or two outcomes',
  unasked: 'an effect that no stored change asked for',
  'deadline-twice': 'a deadline fired twice',
  'deadline-missed': 'a deadline did not fire',
  'deadline-off': 'a deadline did not fire at its instant',
  order: 'statuses that no order of the requests explains',
  fault: 'a host is broken, or does not say when to come again',
  keys: 'a claim, a counter or a sum is at odds with the services',
} as const

/** What is wrong. */
export interface Violation {
  readonly kind: keyof typeof VIOLATIONS
  /** The service, request or effect. */
  readonly subject: string
  readonly words: string
}
