import type { JournalEntry, Lifecycle } from '@signalbox/core'
import {
  accountStatus,
  contextOf,
  presentStatus,
  ServiceStatus,
  trafficLimitOf,
} from '@signalbox/core/gcore'
import { documentConflict } from '@signalbox/core/store'
import type { Failure, Ledger, LedgerChange } from '@signalbox/host'
import * as E from 'fp-ts/lib/Either.js'
import { changeRecord, requestRecords } from './activity.ts'
import type { RequestEntry, StatusChange } from './activity.ts'
import { isInUse, offeredTo } from './availability.ts'
import { ClientRecord } from './client-record.ts'
import type { Standing } from './client-record.ts'
import type { Directory, Held } from './directory.ts'
import type { Numbers } from './numbers.ts'
import { PROVIDER } from './provider.ts'

/**
 * Keeps a client's record in step with its services: their statuses, the changes of the account's own status, and what the
 * system did by itself. A move into use of a product that is not available any more is refused, so that availability
 * and status never cross.
 */
export const clientLedger = ({
  lifecycle,
  directory,
  numbers,
}: {
  readonly lifecycle: Lifecycle
  readonly directory: Directory
  readonly numbers: Numbers
}): Ledger => ({
  lifecycle,
  enter: async (change) => {
    const found = await clientOf(directory, change)
    if (E.isLeft(found)) return found
    const held = found.right
    if (held === undefined) return E.right([])
    // Read after the record: whoever changes a default writes the records that it concerns.
    const defaults = await directory.defaults(held.record.reseller)()
    if (E.isLeft(defaults)) return defaults
    const offered = offeredTo(held.record, defaults.right)
    if (
      change.decisions.some((decision) => movesIntoUse(decision) && !isOffered(decision, offered))
    )
      return E.left(crossed(held))
    const lines = await linesOf(change, numbers)
    if (E.isLeft(lines)) return lines
    const changes = await statusChanges(change, held.record, numbers)
    if (E.isLeft(changes)) return changes
    const { record, revision } = held
    const tenant = String(record.reseller)
    const body = { ...record, services: standingsAfter(change, record) }
    return E.right([
      { kind: 'client', id: String(record.id), tenant, body, expected: revision },
      ...changes.right.map(changeRecord),
      ...lines.right.flatMap(requestRecords),
    ])
  },
})

// -- internals

type Decided = LedgerChange['decisions'][number]

// A change that makes the client itself carries its record.
const clientOf = async (
  directory: Directory,
  { tenant, documents }: LedgerChange,
): Promise<E.Either<Failure, Held | undefined>> => {
  const own = documents.findLast(({ kind, id }) => kind === 'client' && id === tenant)
  if (own === undefined) return directory.held(Number(tenant))()
  const record = ClientRecord.decode(own.body)
  return E.isLeft(record)
    ? E.right(undefined)
    : E.right({ record: record.right, revision: (own.expected ?? 0) + 1 })
}

const movesIntoUse = ({ before, after }: Decided): boolean =>
  isInUse(presentStatus(after)) && !(before !== undefined && isInUse(presentStatus(before)))

const isOffered = ({ after }: Decided, offered: ReadonlyArray<string>): boolean =>
  offered.includes(contextOf(after).name)

const crossed = ({ record, revision }: Held): Failure =>
  documentConflict({ provider: PROVIDER, kind: 'client', id: String(record.id) }, 0, revision)

const standingsAfter = (
  { decisions }: LedgerChange,
  { services }: ClientRecord,
): ReadonlyArray<Standing> => {
  const changed = decisions.map(({ after }): Standing => {
    const context = contextOf(after)
    return {
      name: context.name,
      id: context.id,
      status: presentStatus(after),
      enabled: context.enabled,
      traffic: trafficLimitOf(context),
    }
  })
  return [
    ...services.filter(({ id }) => !changed.some((standing) => standing.id === id)),
    ...changed,
  ].toSorted((a, b) => a.id - b.id)
}

const statusChanges = async (
  { journal }: LedgerChange,
  { id: client, services }: ClientRecord,
  numbers: Numbers,
): Promise<E.Either<Failure, ReadonlyArray<StatusChange>>> => {
  const statuses = new Map(services.map(({ id, status }) => [String(id), status]))
  const changes: Array<Omit<StatusChange, 'id'>> = []
  for (const { ref, at, to } of journal) {
    if (!ServiceStatus.is(to)) continue
    const before = accountStatus([...statuses.values()])
    statuses.set(ref.id, to)
    const after = accountStatus([...statuses.values()])
    if (before !== after) changes.push({ at, old_status: before, new_status: after, client })
  }
  return numbered(changes, 'change', numbers)
}

// What no client asked for is told by the system.
const linesOf = (
  { journal, decisions }: LedgerChange,
  numbers: Numbers,
): Promise<E.Either<Failure, ReadonlyArray<RequestEntry>>> => {
  const lines = journal.flatMap((entry) => {
    const decision = decisions.find(({ after }) => after.ref.id === entry.ref.id)
    return entry.kind === 'command' || entry.outcome !== 'moved' || decision === undefined
      ? []
      : [systemLine(entry, decision)]
  })
  return numbered(lines, 'request', numbers)
}

const systemLine = (
  { at, type, from, to, ref }: JournalEntry,
  decision: Decided,
): Omit<RequestEntry, 'id'> => {
  const batch = batchOf(type, decision)
  return {
    at,
    actions: type,
    data: JSON.stringify({ from, to, ...(batch === null ? {} : { batch }) }),
    user_email: 'system',
    client: Number(ref.tenant),
    token: 0,
    path: `/iam/clients/${ref.tenant}/services/${ref.id}`,
    remote_ip_address: '',
    host: '',
    method: 'SYSTEM',
    query_params: '',
    status_code: 200,
    user: 0,
  }
}

const batchOf = (type: string, { before, after }: Decided): string | null => {
  if (type === 'billing.suspended') return contextOf(after).batch
  return type === 'billing.restored' && before !== undefined ? contextOf(before).batch : null
}

const numbered = async <Entry extends object>(
  entries: ReadonlyArray<Entry>,
  kind: 'request' | 'change',
  numbers: Numbers,
): Promise<E.Either<Failure, ReadonlyArray<Entry & { readonly id: number }>>> => {
  if (entries.length === 0) return E.right([])
  const first = await numbers.take(kind, entries.length)
  return E.map((id: number) => entries.map((entry, index) => ({ ...entry, id: id + index })))(first)
}
