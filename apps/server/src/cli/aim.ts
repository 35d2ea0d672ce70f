import type { ServiceRef } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import type { Client } from './client.ts'
import { trouble } from './failure.ts'
import type { Trouble } from './failure.ts'
import type { Payload } from './payload.ts'
import { plain } from './plain-text.ts'
import { pathOfService } from './service-name.ts'
import { ActionsView, WayView } from './views.ts'
import type { ActionView, Step } from './views.ts'

/** The command that is next on the way to a status, and the revision at which it is; no action when the status is there. */
export interface Aim {
  readonly action: ActionView | undefined
  readonly etag: string | undefined
}

/**
 * Finds the command to send next for a status: the first of the shortest way. A way that waits for a deadline is not
 * taken, for it says what will be and not what was asked. Where the provider could simply report the status, nobody
 * would have asked it to: then it is the command that the status is named after, as `Stopped` is after `service.stop`.
 */
export const commandFor = async (
  client: Client,
  ref: ServiceRef,
  wanted: string,
): Promise<E.Either<Trouble, Aim>> => {
  const way = await client.ask(WayView, `${pathOfService(ref)}/path`, { query: { to: wanted } })
  if (E.isLeft(way)) return way
  const { etag } = way.right
  const { steps, from } = way.right.value
  const [first] = steps
  if (first === undefined) return E.right({ action: undefined, etag })
  const waits = steps.find(({ kind }) => kind === 'deadline')
  if (waits !== undefined) return E.left(trouble('failed', deadlineWords(first, waits, wanted)))
  const judged = await client.ask(ActionsView, `${pathOfService(ref)}/actions`)
  if (E.isLeft(judged)) return judged
  const sendable = judged.right.value.items.filter(({ allowed, here }) => allowed && here)
  const action =
    first.kind === 'command'
      ? judged.right.value.items.find(({ type }) => type === first.name)
      : only(sendable.filter(({ type }) => isNamedAfter(wanted, type)))
  if (action !== undefined) return E.right({ action, etag: judged.right.etag ?? etag })
  const possible = sendable.map(({ type }) => type).join(', ')
  return E.left(
    trouble(
      'failed',
      `from ${plain(from)} it becomes ${plain(wanted)} by a report, and no command stands for that; possible are ${plain(possible)}`,
    ),
  )
}

/** The payload of a command that is to lead to a status: what is given, or as little as the command takes. */
export const payloadFor = (
  { type, here, payload, native }: ActionView,
  wanted: string,
  given: Payload | undefined,
): E.Either<Trouble, Payload> => {
  if (!here) {
    const routes = native.map(({ method, path }) => `${method} ${path}`).join(', ')
    return E.left(
      trouble(
        'failed',
        `${plain(type)} is sent by the provider's own routes only: ${plain(routes)}`,
      ),
    )
  }
  if (given !== undefined) return E.right(given)
  const { properties, required } = payload
  const needed = (Array.isArray(required) ? required : []).filter((name) => name !== 'type')
  const missing = needed.filter((name) => name !== 'status')
  if (missing.length > 0)
    return E.left(trouble('usage', `${plain(type)} needs --data with ${missing.join(', ')}`))
  const takesStatus =
    typeof properties === 'object' && properties !== null && 'status' in properties
  return E.right(takesStatus ? { status: wanted } : {})
}

// -- internals

const deadlineWords = (first: Step, waits: Step, wanted: string): string => {
  const begins = first.kind === 'command' ? ` The way begins with ${plain(first.name)}.` : ''
  return `it becomes ${plain(wanted)} only when ${plain(waits.name)} is due, at ${waits.dueAt ?? 'a later time'}.${begins}`
}

const only = (actions: ReadonlyArray<ActionView>): ActionView | undefined =>
  actions.length === 1 ? actions[0] : undefined

const isNamedAfter = (status: string, type: string): boolean => {
  const verb = type.split('.').at(-1)?.toLowerCase() ?? ''
  return verb !== '' && status.toLowerCase().startsWith(verb)
}
