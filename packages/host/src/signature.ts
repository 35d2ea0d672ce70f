import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { Webhook } from 'standardwebhooks'
import type { SignedMessage } from './driver.ts'

/** A secret of the Standard Webhooks scheme: `whsec_` and from 24 to 64 bytes in base64. @see https://www.standardwebhooks.com */
export const SigningSecret = new t.Type<string, string, unknown>(
  'whsec_ and 24 to 64 bytes in base64',
  (value): value is string => isSecret(value),
  // What was given instead may be half a secret: it is not repeated.
  (value, context) => (isSecret(value) ? t.success(value) : t.failure(undefined, context)),
  t.identity,
)

/** The headers that show a message to be ours; each secret makes a signature, so that a receiver may change over at leisure. */
export const signedHeaders = (
  secrets: ReadonlyArray<string>,
  { id, at, body }: { readonly id: string; readonly at: number; readonly body: string },
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> => ({
  'webhook-id': id,
  'webhook-timestamp': String(secondsOf(at)),
  'webhook-signature': secrets.map((secret) => sign(secret, id, secondsOf(at), body)).join(' '),
})

/**
 * Tells whether one of the secrets has signed a message within five minutes of its arrival. It takes the same time whether it
 * has or not.
 */
export const isSigned = (
  secrets: ReadonlyArray<string>,
  { headers, body, at }: SignedMessage,
): boolean => {
  const id = headers.get('webhook-id') ?? ''
  const timestamp = headers.get('webhook-timestamp') ?? ''
  const given = (headers.get('webhook-signature') ?? '').split(' ').slice(0, MOST_SIGNATURES)
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : 0
  const fresh = id !== '' && Math.abs(secondsOf(at) - seconds) <= TOLERANCE_S
  let found = false
  for (const secret of secrets) {
    const expected = sign(secret, id, seconds, body)
    for (const signature of given) found = isSame(expected, signature) || found
  }
  return found && fresh
}

// -- internals

const TOLERANCE_S = 300

const MOST_SIGNATURES = 8

const secondsOf = (ms: number): number => Math.floor(ms / 1_000)

const sign = (secret: string, id: string, seconds: number, body: string): string =>
  new Webhook(secret).sign(id, new Date(seconds * 1_000), body)

const isSame = (expected: string, given: string): boolean => {
  let difference = expected.length ^ given.length
  for (let index = 0; index < expected.length; index += 1)
    difference |= expected.charCodeAt(index) ^ given.charCodeAt(index % (given.length || 1))
  return difference === 0
}

const isSecret = (value: unknown): value is string => {
  if (typeof value !== 'string' || !/^whsec_[A-Za-z\d+/]+={0,2}$/.test(value)) return false
  const bytes = E.tryCatch(
    () => atob(value.slice('whsec_'.length)).length,
    () => 0,
  )
  return E.isRight(bytes) && bytes.right >= 24 && bytes.right <= 64
}
