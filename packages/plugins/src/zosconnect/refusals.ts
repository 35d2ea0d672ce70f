import type { Json } from '@signalbox/core'
import { errorText } from '@signalbox/core/zosconnect'
import type { ErrorCode, ErrorFacts } from '@signalbox/core/zosconnect'
import { errorReply } from './answers.ts'

/** An error with facts that it could be about. */
export type Refusal = {
  readonly [Code in ErrorCode]: readonly [code: Code, facts: ErrorFacts[Code]]
}[ErrorCode]

/** What a route may refuse, by status: the texts in words, and the body of the first of them. */
export interface Refusals {
  readonly meanings: Readonly<Record<number, string>>
  readonly examples: Readonly<Record<number, Json>>
}

/** What any request may be refused. */
export const ofAll: ReadonlyArray<Refusal> = [
  ['bad-path', {}],
  ['bad-host', {}],
  ['unauthenticated', {}],
  ['forbidden', {}],
  ['secure-required', {}],
]

/** What a request that reads may be refused. */
export const ofRead: ReadonlyArray<Refusal> = [...ofAll, ['unavailable', {}]]

/** What a request with a body may be refused. */
export const ofBody: ReadonlyArray<Refusal> = [
  ['too-large', {}],
  ['unsupported-media-type', {}],
]

/** Tells of refusals as they are answered. */
export const told = (refusals: ReadonlyArray<Refusal>): Refusals => {
  const texts: Record<number, Array<string>> = {}
  const examples: Record<number, Json> = {}
  for (const [code, facts] of refusals) {
    const { status, body } = replyOf(code, facts)
    texts[status] = [...(texts[status] ?? []), `\`${textOf(code, facts)}\``]
    examples[status] ??= JSON.parse(String(body)) as Json
  }
  return {
    meanings: Object.fromEntries(
      Object.entries(texts).map(([status, said]) => [status, said.join('; ')]),
    ),
    examples,
  }
}

// -- internals

// A code and its facts belong together by the type of a refusal, which is lost when it is taken apart.
const replyOf = errorReply as (code: ErrorCode, facts: object) => ReturnType<typeof errorReply>
const textOf = errorText as (code: ErrorCode, facts: object) => string
