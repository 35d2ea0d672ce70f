import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Query } from './client.ts'
import { printJson } from './context.ts'
import type { Context, Ending } from './context.ts'
import { nameOfService } from './service-name.ts'
import { statusCell } from './status.ts'
import { tableOf } from './table.ts'
import { ServiceSummary } from './views.ts'

export interface Listing {
  readonly provider?: string
  readonly tenant?: string
  readonly status?: ReadonlyArray<string>
  readonly label?: string
  readonly after?: string
  /** Infinity for all there are. */
  readonly limit: number
}

/** Lists services, page by page, until so many are there. */
export const list = async (
  { client, terminal, json }: Context,
  { limit, after, ...filter }: Listing,
): Ending => {
  const raw: Array<unknown> = []
  const found: Array<ServiceSummary> = []
  let next: string | null = after ?? null
  do {
    const query: Query = {
      ...filter,
      limit: String(Math.min(limit - found.length, LARGEST_PAGE)),
      ...(next !== null && { after: next }),
    }
    const page = await client.ask(Page, '/services', { query })
    if (E.isLeft(page)) return page
    const { value } = page.right
    raw.push(...(page.right.raw as { readonly items: ReadonlyArray<unknown> }).items)
    found.push(...value.items)
    next = value.next
  } while (next !== null && found.length < limit)
  if (json) printJson(terminal, { items: raw, next })
  else if (found.length === 0) terminal.note('no services\n')
  else terminal.print(tableOf(terminal, HEADINGS, found.map(rowOf)))
  if (next !== null && !json)
    terminal.note(`${found.length} are shown: --all shows all, --after ${next} those behind them\n`)
  return E.right(undefined)
}

// -- internals

const LARGEST_PAGE = 500

const Page = t.type({
  items: t.readonlyArray(ServiceSummary),
  next: t.union([t.string, t.null]),
})

const HEADINGS = [{ whole: 'SERVICE' }, { whole: 'STATUS' }, 'COMES TO', 'CHANGED', 'NEXT DEADLINE']

const rowOf = (service: ServiceSummary): Parameters<typeof tableOf>[2][number] => {
  const { status, canonical, changedAt, deadlines } = service
  const [first] = deadlines.toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : 1))
  return [
    nameOfService(service),
    statusCell(status, canonical),
    canonical,
    changedAt,
    first === undefined ? '' : `${first.name} at ${first.dueAt}`,
  ]
}
