import type { ServiceRef } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import { printJson } from './context.ts'
import type { Context, Ending } from './context.ts'
import { pathOfService } from './service-name.ts'
import { tableOf } from './table.ts'
import type { Cell } from './table.ts'
import { HistoryView } from './views.ts'
import type { Line } from './views.ts'

/** Shows what happened to a service, oldest first. */
export const history = async (
  { client, terminal, json }: Context,
  ref: ServiceRef,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Ending => {
  const raw: Array<unknown> = []
  const lines: Array<Line> = []
  let next: string | null = after ?? null
  do {
    const query = {
      limit: String(Math.min(limit - lines.length, LARGEST_PAGE)),
      ...(next !== null && { after: next }),
    }
    const page = await client.ask(HistoryView, `${pathOfService(ref)}/history`, { query })
    if (E.isLeft(page)) return page
    raw.push(...(page.right.raw as { readonly items: ReadonlyArray<unknown> }).items)
    lines.push(...page.right.value.items)
    next = page.right.value.next
  } while (next !== null && lines.length < limit)
  if (json) printJson(terminal, { items: raw, next })
  else terminal.print(tableOf(terminal, HEADINGS, lines.map(rowOf)))
  if (next !== null && !json)
    terminal.note(`${lines.length} are shown: --all shows all, --after ${next} those behind them\n`)
  return E.right(undefined)
}

// -- internals

type Cells = ReadonlyArray<Cell>

const LARGEST_PAGE = 500

const HEADINGS = [{ whole: 'WHEN' }, 'WHO', 'WHAT', 'STATUS', { whole: 'OUTCOME' }, 'WHY']

const STYLES: Readonly<Record<string, 'bad' | 'faint'>> = {
  refused: 'bad',
  unchanged: 'faint',
  stale: 'faint',
  ignored: 'faint',
}

// When, who, what, from where to where, and what came of it.
const rowOf = ({ at, kind, type, actor, from, to, outcome, reasons = [] }: Line): Cells => [
  at,
  actor?.id ?? (kind === 'command' ? 'unknown' : kind),
  type,
  from === to ? (to ?? '') : `${from ?? 'nothing'} → ${to ?? 'nothing'}`,
  { text: outcome, style: STYLES[outcome] },
  reasons.map(({ words }) => words).join(' '),
]
