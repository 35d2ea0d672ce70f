import { escapeHtml, textOf, toPython, violations } from '@signalbox/core/poppy'
import type { AnySchema, PoppyError } from '@signalbox/core/poppy'
import { empty, json } from '@signalbox/host'
import type { Reply } from '@signalbox/host'

/** Answers a text, input in it escaped, in the vendor's envelope. */
export const message = (
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Reply => enveloped(status, escapeHtml(text), headers)

/** Answers what validation found: a text, or every violation of the schema. */
export const invalid = (error: PoppyError): Reply => {
  const text = textOf(error)
  return enveloped(
    error._tag === 'LimitReached' ? 403 : 400,
    typeof text === 'string' ? text : { errors: text.map((one) => ({ message: one })) },
  )
}

/** Answers everything in which a body is not what a schema wants. */
export const violated = (schema: AnySchema, body: unknown): Reply =>
  invalid({ _tag: 'SchemaViolated', violations: violations(schema, body) })

/** Answers that a body is no list. */
export const notAList = (body: unknown): Reply =>
  invalid({
    _tag: 'SchemaViolated',
    violations: [{ path: [], reason: `${toPython(body)} is not of type 'array'` }],
  })

/** Answers a resource. */
export const resource = (value: unknown, status = 200): Reply => json(status, value, JSON_TYPE)

/** Answers that a command was taken: no body, and where the service is if that is asked for. */
export const accepted = (status: 201 | 202, location?: string): Reply =>
  empty(status, { 'content-length': '0', ...(location === undefined ? {} : { location }) })

/** Answers that there is nothing below a path. */
export const notFound = (): Reply => message(404, 'The resource could not be found.')

/** Answers in the words of the endpoint that hands out tokens. */
export const identityError = (code: number, title: string, text: string): Reply =>
  json(code, { error: { code, title, message: text } }, JSON_TYPE)

/** The vendor's text for what cannot be accepted or read. */
export const UNREADABLE =
  'The server could not comply with the request since it is either malformed or otherwise incorrect.'

/** Headers of a reply with a body. */
export const JSON_TYPE = { 'content-type': 'application/json; charset=UTF-8' }

// -- internals

const enveloped = (
  status: number,
  text: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply => json(status, { message: text }, { ...JSON_TYPE, ...headers })
