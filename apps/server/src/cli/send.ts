import type { ServiceRef } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import { printJson } from './context.ts'
import type { Context, Ending } from './context.ts'
import { trouble } from './failure.ts'
import type { Trouble } from './failure.ts'
import { awaitOperation, wordsOfOperation } from './operation.ts'
import type { Payload } from './payload.ts'
import { plain } from './plain-text.ts'
import { nameOfService, pathOfService } from './service-name.ts'
import type { Terminal } from './terminal.ts'
import { ProblemView, RehearsalView, SentView } from './views.ts'

/** How a command is sent. */
export interface Sending {
  /** A revision, or `*`. */
  readonly ifMatch?: string | undefined
  readonly idempotencyKey?: string | undefined
  /** How many seconds to wait for the end of the work; none unless said. */
  readonly wait?: number | undefined
}

/** A command that is about to be sent. */
export interface Order {
  readonly ref: ServiceRef
  readonly type: string
  readonly payload: Payload
}

/** Sends a command, and waits for its work where that is asked. Prints nothing. */
export const send = async (
  { client }: Pick<Context, 'client'>,
  { ref, type, payload }: Order,
  { ifMatch, idempotencyKey, wait = 0 }: Sending,
): Promise<E.Either<Trouble, Sent>> => {
  const sent = await client.ask(SentView, `${pathOfService(ref)}/commands`, {
    method: 'POST',
    headers: { 'if-match': tagOf(ifMatch), 'idempotency-key': idempotencyKey },
    body: { ...payload, type },
  })
  if (E.isLeft(sent)) return sent
  const { value, raw } = sent.right
  if (value.operation === null || wait === 0)
    return E.right({ value, raw, open: value.operation !== null })
  const ended = await awaitOperation(client, value.operation.id, wait)
  if (E.isLeft(ended)) return ended
  return ended.right.state === 'failed'
    ? E.left(trouble('failed', plain(wordsOfOperation(ended.right))))
    : E.right({ value, raw, open: ended.right.state === 'running' })
}

/** What a command has come to; `open` while its work goes on. */
export interface Sent {
  readonly value: SentView
  readonly raw: unknown
  readonly open: boolean
}

/** Says what a command would come to; a refusal is told as trouble. */
export const rehearse = async (
  { client, terminal, json }: Context,
  { ref, type, payload }: Order,
  { ifMatch }: Sending,
): Ending => {
  const rehearsed = await client.ask(RehearsalView, `${pathOfService(ref)}/commands`, {
    method: 'POST',
    headers: { 'if-match': tagOf(ifMatch), prefer: 'handling=dry-run' },
    body: { ...payload, type },
  })
  if (E.isLeft(rehearsed)) return rehearsed
  const { value, raw } = rehearsed.right
  if (json) printJson(terminal, raw)
  else terminal.print(linesOfRehearsal(ref, type, value, terminal))
  const { status, body } = value.response
  if (status < 400) return E.right(undefined)
  const problem = ProblemView.decode(body)
  const detail = E.isRight(problem) ? problem.right.detail : `it would be answered ${status}`
  return E.left(trouble(status === 412 ? 'changed' : 'failed', plain(detail)))
}

// -- internals

const tagOf = (revision: string | undefined): string | undefined =>
  revision === undefined || !/^\d+$/.test(revision) ? revision : `"${revision}"`

const linesOfRehearsal = (
  ref: ServiceRef,
  type: string,
  { changes, response }: RehearsalView,
  { paint }: Terminal,
): string =>
  [
    `${nameOfService(ref)}: ${paint('strong', plain(type))}, rehearsed; nothing has changed`,
    ...changes.flatMap((change) => [
      `  ${nameOfService(change)} would be ${plain(change.status)} at revision ${change.revision}`,
      ...change.effects.map((effect) => `  work: ${plain(effect.type)}`),
      ...change.deadlines.armed.map(({ name, dueAt }) => `  deadline: ${plain(name)} at ${dueAt}`),
      ...change.deadlines.cancelled.map((name) => `  no more deadline: ${plain(name)}`),
    ]),
    `  answer: ${response.status}`,
    '',
  ].join('\n')
