import { setTimeout as later } from 'node:timers/promises'
import type { ServiceRef } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import { pathWith } from './client.ts'
import type { Query } from './client.ts'
import { printJson } from './context.ts'
import type { Context, Ending } from './context.ts'
import { EXIT } from './failure.ts'
import { plain } from './plain-text.ts'
import { readBlocks } from './server-sent-events.ts'
import { nameOfService } from './service-name.ts'
import { EventView } from './views.ts'

/** What to watch, and from where on. */
export interface Watching {
  readonly ref?: ServiceRef
  readonly provider?: string | undefined
  readonly tenant?: string | undefined
  /** The place behind which it begins, or `start` for the first line of the journal; unless said, only what is new. */
  readonly after?: string | undefined
  /** Ends after so many events. */
  readonly limit: number
}

/** Shows what happens as it happens, until nobody reads it any more; what a broken connection has missed is told afterwards. */
export const watch = async (
  context: Context,
  { ref, provider, tenant, after, limit }: Watching,
): Ending => {
  const { client, terminal } = context
  const filter: Query =
    ref === undefined
      ? { provider, tenant }
      : { provider: ref.provider, tenant: ref.tenant, service: ref.id }
  let last = after === 'start' ? 'earliest' : (after ?? 'latest')
  let left = limit
  let pauseMs = USUAL_PAUSE_MS
  let link: 'new' | 'up' | 'lost' = 'new'
  while (left > 0) {
    const silence = silenceAfter(SILENCE_MS)
    const opened = await client.open(pathWith('/events/stream', filter), {
      headers: { 'last-event-id': last },
      signal: AbortSignal.any([silence.signal, terminal.closed]),
    })
    if (E.isRight(opened)) {
      terminal.note(link === 'new' ? `watching ${client.name}\n` : 'connected again\n')
      link = 'up'
      try {
        for await (const { id, data, retry } of readBlocks(opened.right)) {
          silence.broken()
          pauseMs = retry ?? pauseMs
          if (data !== undefined) {
            printEvent(context, data)
            left -= 1
          }
          last = id ?? last
          if (left <= 0) break
        }
      } catch {
        // A connection that breaks is made again.
      }
    } else if (link === 'new' || opened.left.exit !== EXIT.unreachable) {
      silence.end()
      return terminal.closed.aborted ? E.right(undefined) : opened
    }
    silence.end()
    if (left <= 0 || terminal.closed.aborted) break
    if (link !== 'lost') terminal.note(`the connection to ${client.name} is lost: trying again\n`)
    link = 'lost'
    await later(pauseMs)
  }
  return E.right(undefined)
}

// -- internals

const USUAL_PAUSE_MS = 1_000

// A host says something every 15 s; one that says nothing for so long is not there any more.
const SILENCE_MS = 45_000

/** Aborts when nothing has broken the silence for so long. */
const silenceAfter = (
  ms: number,
): { readonly signal: AbortSignal; readonly broken: () => void; readonly end: () => void } => {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), ms)
  return {
    signal: controller.signal,
    broken: () => void timer.refresh(),
    end: () => {
      clearTimeout(timer)
      controller.abort()
    },
  }
}

const printEvent = ({ terminal, json }: Context, data: string): void => {
  const event: unknown = JSON.parse(data)
  if (json) return printJson(terminal, event)
  const decoded = EventView.decode(event)
  if (E.isLeft(decoded)) return
  const { provider, tenant, service, ...line } = decoded.right.data
  const { at, kind, type, actor, from, to, outcome, reasons = [] } = line
  const { paint, print } = terminal
  const name = nameOfService({ provider, tenant, id: service })
  const who = actor?.id ?? kind
  const moved =
    outcome === 'moved' && from !== to
      ? `${from ?? 'nothing'} → ${paint('strong', plain(to ?? 'nothing'))}`
      : `${outcome === 'refused' ? paint('bad', outcome) : outcome} in ${plain(to ?? from ?? 'nothing')}`
  const why = reasons.map(({ words }) => words).join(' ')
  print(
    `${paint('faint', at)}  ${name}  ${moved}  ${plain(type)} by ${plain(who)}${why === '' ? '' : `: ${plain(why)}`}\n`,
  )
}
