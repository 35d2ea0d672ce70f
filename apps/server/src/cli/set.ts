import type { ServiceRef } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import { commandFor, payloadFor } from './aim.ts'
import { printJson } from './context.ts'
import type { Context, Ending } from './context.ts'
import { trouble } from './failure.ts'
import { readPayload } from './payload.ts'
import type { Payload } from './payload.ts'
import { plain } from './plain-text.ts'
import { rehearse, send } from './send.ts'
import type { Sending, Sent } from './send.ts'
import { nameOfService, pathOfService } from './service-name.ts'
import { ActionsView, ProviderView, ServiceView } from './views.ts'
import type { ActionsView as Judged } from './views.ts'

export interface Setting extends Sending {
  readonly data?: string | undefined
  readonly dryRun: boolean
}

/** Runs a command of a service, by its name or by the status that it is to lead to. */
export const set = async (
  context: Context,
  ref: ServiceRef,
  wanted: string,
  { data, ...setting }: Setting,
): Ending => {
  const payload = data === undefined ? E.right(undefined) : await readPayload(data)
  if (E.isLeft(payload)) return payload
  const given = payload.right
  const judged = await context.client.ask(ActionsView, `${pathOfService(ref)}/actions`)
  if (E.isLeft(judged))
    return judged.left.exit === ABSENT
      ? create(context, ref, wanted, given, setting, judged)
      : judged
  const type = typeIn(judged.right.value, wanted)
  return type === undefined
    ? reach(context, ref, wanted, given, setting)
    : run(context, ref, type, given ?? {}, setting)
}

// -- internals

const ABSENT = trouble('absent', '').exit

type Options = Omit<Setting, 'data'>

// The whole name, or what stands behind its last dot where only one command has that.
const typeIn = ({ items }: Judged, wanted: string): string | undefined => {
  const types = items.map(({ type }) => type)
  if (types.includes(wanted)) return wanted
  const ending = types.filter((type) => type.split('.').at(-1) === wanted)
  return ending.length === 1 ? ending[0] : undefined
}

const run = async (
  context: Context,
  ref: ServiceRef,
  type: string,
  payload: Payload,
  setting: Options,
): Ending => {
  if (setting.dryRun) return rehearse(context, { ref, type, payload }, setting)
  const sent = await send(context, { ref, type, payload }, setting)
  if (E.isLeft(sent)) return sent
  return tell(context, ref, type, sent.right)
}

// What is not there yet may be made.
const create = async (
  context: Context,
  ref: ServiceRef,
  wanted: string,
  given: Payload | undefined,
  setting: Options,
  absent: Awaited<Ending> & E.Left<unknown>,
): Ending => {
  const path = `/providers/${encodeURIComponent(ref.provider)}`
  const shown = await context.client.ask(ProviderView, path)
  if (E.isLeft(shown)) return shown
  const creations = shown.right.value.lifecycles.map(({ creation }) => creation)
  const type = creations.find((one) => one === wanted || one.split('.').at(-1) === wanted)
  return type === undefined ? absent : run(context, ref, type, given ?? {}, setting)
}

// Each turn sends one command of the way and looks again, so that nothing is sent that the present state does not take.
const reach = async (
  context: Context,
  ref: ServiceRef,
  wanted: string,
  given: Payload | undefined,
  setting: Options,
): Ending => {
  const { idempotencyKey, wait = USUAL_WAIT_S, dryRun } = setting
  if (idempotencyKey !== undefined)
    return E.left(trouble('usage', '--idempotency-key is for a command by its name'))
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const aimed = await commandFor(context.client, ref, wanted)
    if (E.isLeft(aimed)) return aimed
    const { action, etag } = aimed.right
    if (action === undefined) return tellReached(context, ref, turn)
    const payload = payloadFor(action, wanted, given)
    if (E.isLeft(payload)) return payload
    const order = { ref, type: action.type, payload: payload.right }
    const ifMatch = (turn === 0 ? setting.ifMatch : undefined) ?? etag
    if (dryRun) return rehearse(context, order, { ifMatch })
    const sent = await send(context, order, { ifMatch, wait })
    if (E.isLeft(sent)) return sent
    if (!context.json) await tell(context, ref, action.type, sent.right)
    if (sent.right.open)
      return E.left(
        trouble('failed', `it is not ${plain(wanted)} yet: the work goes on (see show, or --wait)`),
      )
  }
  return E.left(trouble('failed', `it is not ${plain(wanted)} after ${MOST_TURNS} commands`))
}

const USUAL_WAIT_S = 30

const MOST_TURNS = 5

const tell = async (
  { terminal, json }: Context,
  ref: ServiceRef,
  type: string,
  { value, raw, open }: Sent,
): Ending => {
  if (json) printJson(terminal, raw)
  else {
    const { status, revision } = value
    const more = open ? ', and its work goes on' : ''
    terminal.print(
      `${nameOfService(ref)}: ${terminal.paint('strong', plain(type))} is accepted at revision ${revision}; it was ${plain(status)} then${more}\n`,
    )
  }
  return E.right(undefined)
}

const tellReached = async (
  { client, terminal, json }: Context,
  ref: ServiceRef,
  turns: number,
): Ending => {
  const shown = await client.ask(ServiceView, pathOfService(ref))
  if (E.isLeft(shown)) return shown
  const { status } = shown.right.value
  if (json) printJson(terminal, shown.right.raw)
  else
    terminal.print(
      `${nameOfService(ref)} is ${terminal.paint('good', plain(status))}${turns === 0 ? ' already' : ''}\n`,
    )
  return E.right(undefined)
}
