import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { printJson } from './context.ts'
import type { Context, Ending } from './context.ts'
import { plain } from './plain-text.ts'
import { statusCell } from './status.ts'
import { tableOf } from './table.ts'
import { ProviderSummary, ProviderView } from './views.ts'
import type { LifecycleView } from './views.ts'
import type { Terminal } from './terminal.ts'

/** Lists the providers, or shows one with its lifecycles. */
export const providers = async (
  { client, terminal, json }: Context,
  name: string | undefined,
): Ending => {
  if (name !== undefined) {
    const shown = await client.ask(ProviderView, `/providers/${encodeURIComponent(name)}`)
    if (E.isLeft(shown)) return shown
    if (json) printJson(terminal, shown.right.raw)
    else
      for (const lifecycle of shown.right.value.lifecycles)
        terminal.print(pageOf(lifecycle, terminal))
    return E.right(undefined)
  }
  const listed = await client.ask(List, '/providers')
  if (E.isLeft(listed)) return listed
  if (json) printJson(terminal, listed.right.raw)
  else
    terminal.print(
      tableOf(
        terminal,
        ['PROVIDER', 'READY', 'WHY NOT'],
        listed.right.value.items.map(({ name: provider, ready, reason = '' }) => [
          provider,
          ready ? { text: 'yes', style: 'good' } : { text: 'no', style: 'bad' },
          reason,
        ]),
      ),
    )
  return E.right(undefined)
}

// -- internals

const List = t.type({ items: t.readonlyArray(ProviderSummary) })

const pageOf = (
  { name, version, creation, statuses, commands, deadlines }: LifecycleView,
  terminal: Terminal,
): string =>
  [
    `${terminal.paint('strong', plain(name))} version ${version}, begins with ${plain(creation)}\n`,
    tableOf(
      terminal,
      ['STATUS', 'COMES TO'],
      statuses.map(({ status, canonical }) => [statusCell(status, canonical), canonical]),
    ),
    tableOf(
      terminal,
      ['COMMAND', 'WHAT IT DOES'],
      commands.map(({ type, words }) => [type, words]),
    ),
    ...(deadlines.length === 0
      ? []
      : [
          tableOf(
            terminal,
            ['DEADLINE', 'WHAT IT MEANS'],
            deadlines.map(({ name: deadline, words }) => [deadline, words]),
          ),
        ]),
  ].join('\n')
