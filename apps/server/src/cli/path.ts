import type { ServiceRef } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import { printJson } from './context.ts'
import type { Context, Ending } from './context.ts'
import { plain } from './plain-text.ts'
import { pathOfService } from './service-name.ts'
import { WayView } from './views.ts'
import { linesOfWay } from './way.ts'

/** Shows the shortest way to a status. */
export const path = async (
  { client, terminal, json }: Context,
  ref: ServiceRef,
  to: string,
): Ending => {
  const found = await client.ask(WayView, `${pathOfService(ref)}/path`, { query: { to } })
  if (E.isLeft(found)) return found
  const { from, steps } = found.right.value
  if (json) printJson(terminal, found.right.raw)
  else if (steps.length === 0) terminal.print(`it is ${plain(to)} already\n`)
  else {
    terminal.print(`from ${plain(from)} to ${plain(to)}:\n`)
    for (const line of linesOfWay(steps, terminal)) terminal.print(`${line}\n`)
  }
  return E.right(undefined)
}
