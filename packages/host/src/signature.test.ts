import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { isSigned, signedHeaders, SigningSecret } from './signature.ts'

// The example of the scheme's own reference.
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
const AT = 1_614_265_330_000
const BODY = '{"test": 2432232314}'
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='

const OTHER = `whsec_${btoa('another secret of some length')}`

const message = (more: Readonly<Record<string, string>> = {}, body = BODY, at = AT) => ({
  headers: new Headers({
    'webhook-id': ID,
    'webhook-timestamp': String(AT / 1_000),
    'webhook-signature': SIGNATURE,
    ...more,
  }),
  body,
  at,
})

describe('the signature', () => {
  it('is that of the scheme', () => {
    expect(signedHeaders([SECRET], { id: ID, at: AT + 999, body: BODY })).toEqual({
      'webhook-id': ID,
      'webhook-timestamp': '1614265330',
      'webhook-signature': SIGNATURE,
    })
    expect(isSigned([SECRET], message())).toBe(true)
  })

  it('is made by each secret, and one that holds will do', () => {
    const headers = signedHeaders([OTHER, SECRET], { id: ID, at: AT, body: BODY })
    expect(headers['webhook-signature'].split(' ')[1]).toBe(SIGNATURE)
    expect(isSigned([SECRET], message(headers))).toBe(true)
    expect(isSigned([OTHER], message(headers))).toBe(true)
    expect(isSigned([OTHER, SECRET], message())).toBe(true)
    expect(isSigned([OTHER], message())).toBe(false)
    expect(isSigned([], message())).toBe(false)
  })

  it.each([
    ['another body', message({}, `${BODY} `)],
    ['another id', message({ 'webhook-id': 'msg_other' })],
    ['no id', message({ 'webhook-id': '' })],
    ['another time', message({ 'webhook-timestamp': '1614265331' })],
    ['a time that is none', message({ 'webhook-timestamp': '1614265330.0' })],
    ['another version', message({ 'webhook-signature': SIGNATURE.replace('v1', 'v2') })],
    ['half a signature', message({ 'webhook-signature': SIGNATURE.slice(0, -9) })],
    ['more than a signature', message({ 'webhook-signature': `${SIGNATURE}${SIGNATURE}` })],
    ['no signature', message({ 'webhook-signature': '' })],
    ['a ninth signature', message({ 'webhook-signature': `${'v1,x '.repeat(8)}${SIGNATURE}` })],
  ])('does not hold for %s', (_, changed) => {
    expect(isSigned([SECRET], changed)).toBe(false)
  })

  it('holds for five minutes, before and after', () => {
    for (const seconds of [-300, 300])
      expect(isSigned([SECRET], message({}, BODY, AT + seconds * 1_000))).toBe(true)
    for (const seconds of [-301, 301])
      expect(isSigned([SECRET], message({}, BODY, AT + seconds * 1_000))).toBe(false)
  })
})

describe('a secret', () => {
  it('is of 24 to 64 bytes in base64, and is not repeated when it is none', () => {
    const of = (length: number): string => `whsec_${btoa('x'.repeat(length))}`
    for (const text of [SECRET, of(24), of(64)])
      expect(E.isRight(SigningSecret.decode(text))).toBe(true)
    for (const text of [of(23), of(65), SECRET.slice(6), 'whsec_', 'whsec_a', `${SECRET}!`, 7])
      expect(E.isLeft(SigningSecret.decode(text))).toBe(true)
    const refused = SigningSecret.decode('whsec_half-a-secret')
    expect(E.isLeft(refused) && refused.left[0]?.value).toBe(undefined)
  })
})
