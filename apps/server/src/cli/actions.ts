import type { ServiceRef } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import { printJson } from './context.ts'
import type { Context, Ending } from './context.ts'
import { plain } from './plain-text.ts'
import { pathOfService } from './service-name.ts'
import type { Terminal } from './terminal.ts'
import { ActionsView } from './views.ts'
import type { ActionView } from './views.ts'
import { linesOfWay } from './way.ts'

/** Shows every command: allowed, or why not and what would lead there. */
export const actions = async ({ client, terminal, json }: Context, ref: ServiceRef): Ending => {
  const judged = await client.ask(ActionsView, `${pathOfService(ref)}/actions`)
  if (E.isLeft(judged)) return judged
  const { status, items } = judged.right.value
  if (json) printJson(terminal, judged.right.raw)
  else {
    terminal.print(`in ${terminal.paint('strong', plain(status))}:\n`)
    for (const action of items) terminal.print(linesOf(action, terminal))
  }
  return E.right(undefined)
}

// -- internals

const linesOf = (action: ActionView, terminal: Terminal): string => {
  const { type, words, allowed, here, native, reasons, sequence = [] } = action
  const { paint } = terminal
  const mark = allowed ? paint('good', 'yes') : paint('bad', 'no ')
  const routes = native.map(({ method, path }) => `${method} ${path}`).join(', ')
  return [
    `${mark}  ${paint('strong', plain(type))}  ${plain(words)}`,
    ...(here ? [] : [`     only natively: ${plain(routes === '' ? 'no route' : routes)}`]),
    ...reasons.map((reason) => `     ${plain(reason.words)}`),
    ...(sequence.length === 0 ? [] : ['     possible after:']),
    ...linesOfWay(sequence, terminal).map((line) => `       ${line}`),
    '',
  ].join('\n')
}
