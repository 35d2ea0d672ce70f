import type { ServiceRef } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import { printJson } from './context.ts'
import type { Context, Ending } from './context.ts'
import { plain } from './plain-text.ts'
import { nameOfService, pathOfService } from './service-name.ts'
import { styleOf } from './status.ts'
import type { Terminal } from './terminal.ts'
import { ServiceView } from './views.ts'

/** Shows one service: where it is, what is due, what work waits, and where its vendor's clients find it. */
export const show = async ({ client, terminal, json }: Context, ref: ServiceRef): Ending => {
  const shown = await client.ask(ServiceView, pathOfService(ref))
  if (E.isLeft(shown)) return shown
  if (json) printJson(terminal, shown.right.raw)
  else
    for (const [name, value] of linesOf(shown.right.value, terminal)) {
      const label = terminal.paint('faint', name.padEnd(LABEL))
      terminal.print(`${label}${value}\n`)
    }
  return E.right(undefined)
}

// -- internals

const LABEL = 11

const linesOf = (
  service: ServiceView,
  { paint }: Terminal,
): ReadonlyArray<readonly [string, string]> => {
  const { status, canonical, lifecycle, revision, createdAt, changedAt } = service
  const style = styleOf(canonical)
  return [
    ['service', nameOfService(service)],
    ['status', style === undefined ? plain(status) : paint(style, plain(status))],
    ['comes to', canonical],
    ['lifecycle', plain(lifecycle)],
    ['revision', String(revision)],
    ['created', createdAt],
    ['changed', changedAt],
    ...labelled(
      'labels',
      Object.entries(service.labels).map(([name, value]) => `${name}:${value}`),
    ),
    ...labelled(
      'deadlines',
      service.deadlines.map(({ name, words, dueAt }) => `${dueAt}  ${name}: ${words}`),
    ),
    ...labelled('work', service.effects.map(workLine)),
    ...labelled(
      'native',
      service.native.map(({ method, path }) => `${method} ${path}`),
    ),
  ]
}

const workLine = ({
  id,
  type,
  state,
  attempts,
  lastError,
}: ServiceView['effects'][number]): string =>
  `${type} ${state}${attempts === 0 ? '' : `, tried ${attempts} times`}${lastError === null ? '' : `: ${lastError}`} (${id})`

// The name stands at the first line only.
const labelled = (
  name: string,
  values: ReadonlyArray<string>,
): ReadonlyArray<readonly [string, string]> =>
  values.map((value, at) => [at === 0 ? name : '', plain(value)])
