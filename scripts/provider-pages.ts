import { readFileSync } from 'node:fs'
import { matrix } from '@signalbox/core/gcore'
import type { Cell, Outcome, Standing } from '@signalbox/core/gcore'
import { createHost, virtualClock } from '@signalbox/host'
import type { AnyPlugin, Route } from '@signalbox/host'
import { gcore } from '@signalbox/plugins/gcore'
import { poppy } from '@signalbox/plugins/poppy'
import { zosconnect } from '@signalbox/plugins/zosconnect'
import { memoryStore } from '@signalbox/stores/memory'

/** A page of `docs/providers` with the parts of it that are generated, by their names. */
export interface ProviderPage {
  readonly file: string
  readonly parts: Readonly<Record<string, string>>
}

/** Generates what can be: tables of routes, the matrix of Gcore's statuses, and the service provider that a test runs. */
export const providerPages = async (): Promise<ReadonlyArray<ProviderPage>> => [
  { file: 'poppy.md', parts: { routes: routesOf(await bootedRoutes(poppy)) } },
  {
    file: 'gcore.md',
    parts: {
      routes: routesOf(await bootedRoutes(gcore)),
      'matrix reseller': matrixOf('reseller'),
      'matrix admin': matrixOf('admin'),
    },
  },
  {
    file: 'zosconnect.md',
    parts: { routes: routesOf(await bootedRoutes(zosconnect)), greeter: greeter() },
  },
]

/** Puts generated parts in the places of a page that are marked for them; throws when a place is missing. */
export const withParts = (text: string, parts: ProviderPage['parts']): string =>
  Object.entries(parts).reduce((page, [name, part]) => {
    const [start, end] = [`<!-- generated: ${name} -->\n`, '\n<!-- end -->']
    const from = page.indexOf(start)
    const to = page.indexOf(end, from)
    if (from < 0 || to < 0) throw new Error(`the page has no place for "${name}"`)
    return `${page.slice(0, from + start.length)}\n${part}\n${page.slice(to)}`
  }, text)

// -- internals

// Routes are data: a host that is never started tells them.
const bootedRoutes = async (plugin: AnyPlugin): Promise<ReadonlyArray<Route>> => {
  let routes: ReadonlyArray<Route> = []
  const watched: AnyPlugin = {
    ...plugin,
    setup: async (tools) => {
      const mounted = await plugin.setup(tools)
      routes = mounted.routes
      return mounted
    },
  }
  const { boot } = await createHost({
    store: memoryStore(),
    plugins: [watched],
    settings: {},
    principals: [],
    clock: virtualClock(0),
    newId: () => 'page',
    random: () => 0,
    log: () => {},
  })
  const failed = boot.find(({ ok }) => !ok)
  if (failed !== undefined) throw new Error(JSON.stringify(failed))
  return routes
}

// As somebody writes it who has the package.
const greeter = (): string => {
  const path = '../packages/plugins/src/zosconnect/__fixtures__/greeter.ts'
  const source = readFileSync(new URL(path, import.meta.url), 'utf8')
  return `\`\`\`ts\n${source.replaceAll('../index.ts', '@signalbox/plugins/zosconnect')}\`\`\``
}

const routesOf = (routes: ReadonlyArray<Route>): string =>
  table(
    ['method', 'path', 'what it does'],
    routes.map(({ method, path, summary }) => [method, `\`${shownPath(path)}\``, summary]),
  )

const shownPath = (path: string): string => path.replaceAll(/:(\w+)(\{[^/]*\})?/g, '{$1}')

const matrixOf = (standing: Standing): string => {
  const statuses = Object.keys(matrix) as ReadonlyArray<keyof typeof matrix>
  return table(
    ['from \\ to', ...statuses.map((status) => `\`${status}\``)],
    statuses.map((from) => [
      `\`${from}\``,
      ...statuses.map((to) => shownCell(matrix[from][to][standing])),
    ]),
  )
}

const shownCell = ({ outcome, when, otherwise }: Cell): string =>
  when === undefined || otherwise === undefined
    ? shownOutcome(outcome)
    : `${shownOutcome(outcome)} if \`${when}\`, else ${shownOutcome(otherwise)}`

const shownOutcome = (outcome: Outcome): string => {
  if (outcome === 'same') return '='
  return /^[A-Z]/.test(outcome) ? outcome : `\`${outcome}\``
}

// Padded, as the formatter wants it.
const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = head.map((name, at) =>
    Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)),
  )
  const line = (cells: ReadonlyArray<string>): string =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
