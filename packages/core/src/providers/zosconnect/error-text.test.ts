import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ErrorCode } from './codecs.ts'
import { errorBody, errorText, escapeText, installedLog, unavailableLog } from './error-text.ts'

it("says IBM's own texts where they are known", () => {
  expect(errorText('unknown-service', { name: 'nope' })).toBe(
    'BAQR0431W: Service nope is not available.',
  )
  expect(errorText('timed-out', { ms: 30_000 })).toBe(
    'BAQR0433W: The asynchronous request has timed out after 30000 milliseconds.',
  )
  expect(errorText('payload-invalid', { reason: 'is not valid JSON' })).toBe(
    'BAQR0417W: The request payload could not be parsed. A JSON object format payload is expected. Error: the payload is not valid JSON.',
  )
  expect(errorText('internal-error')).toBe('BAQR7033E: Internal server error.')
  expect(unavailableLog('X', 'http://h/x')).toBe(
    'BAQR0403W: Service X specified under URL http://h/x is not available.',
  )
  expect(installedLog('catalog')).toBe(
    'BAQR7000I: z/OS Connect API archive file catalog installed successfully.',
  )
})

it('says the texts of the contract', () => {
  expect(errorText('unknown-status')).toBe(
    'signalbox.unknown-status: Unknown status specified. Use started or stopped.',
  )
  expect(errorText('unknown-action')).toBe('signalbox.unknown-action: Unknown action specified.')
  expect(errorText('archive-missing')).toBe('signalbox.archive-missing: An archive is required.')
  expect(errorText('archive-invalid')).toBe('signalbox.archive-invalid: The archive is not usable.')
  expect(errorText('unauthenticated')).toBe(
    'signalbox.unauthenticated: Authentication is required.',
  )
  expect(errorText('forbidden')).toBe('signalbox.forbidden: Not authorized.')
  expect(errorText('secure-required')).toBe('signalbox.secure-required: Use HTTPS.')
  expect(errorText('service-started', { name: 'X' })).toBe(
    'signalbox.service-started: Service X is not stopped. Stop it first.',
  )
  expect(errorText('already-deployed', { name: 'X' })).toBe(
    'signalbox.already-deployed: Service X is already deployed.',
  )
  expect(errorText('name-mismatch', { name: 'X', found: 'Y' })).toBe(
    'signalbox.name-mismatch: The archive contains Y, not X.',
  )
  expect(errorText('unsupported-media-type')).toBe(
    'signalbox.unsupported-media-type: Content-Type application/zip is required.',
  )
  expect(errorText('provider-unsupported', { provider: 'P' })).toBe(
    'signalbox.provider-unsupported: Provider P is not supported by this server.',
  )
  expect(errorText('service-stopped', { name: 'X' })).toBe(
    'signalbox.service-stopped: Service X is stopped and cannot be invoked.',
  )
  expect(errorText('busy', { name: 'X' })).toBe('signalbox.busy: Service X is changing.')
  expect(errorText('busy', { name: 'X', kind: 'api' })).toBe('signalbox.busy: API X is changing.')
  expect(errorText('unavailable')).toBe('signalbox.unavailable: The server cannot reach its store.')
})

it("names each code in its own text and never looks like IBM's", () => {
  const facts = { name: 'X', found: 'Y', provider: 'P', ms: 1, reason: 'r', basePath: '/b' }
  const ibm = ['unknown-service', 'payload-invalid', 'internal-error', 'timed-out']
  for (const code of Object.keys(ErrorCode.keys) as ReadonlyArray<ErrorCode>) {
    const text = (errorText as (code: ErrorCode, facts: object) => string)(code, facts)
    expect(text).toMatch(
      ibm.includes(code) ? /^BAQR\d{4}[WE]: [A-Z]/ : new RegExp(`^signalbox\\.${code}: [A-Z]`),
    )
    expect(text).toMatch(/[a-z]\.$/i)
  }
})

it('escapes the ampersand first, and both texts', () => {
  expect(escapeText(`<a href="x">&lt;'`)).toBe('&lt;a href=&quot;x&quot;&gt;&amp;lt;&#39;')
  expect(errorBody('a<b')).toEqual({ errorMessage: 'a&lt;b' })
  expect(errorBody('a', `'b'`)).toEqual({ errorMessage: 'a', errorDetails: '&#39;b&#39;' })
})

it('escapes reversibly and leaves nothing that HTML would read', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('&', '<', '>', '"', "'", 'a', ';', 'lt', '#39') }),
      (text) => {
        const escaped = escapeText(text)
        expect(escaped).not.toMatch(/[<>"']/)
        expect(
          escaped
            .replaceAll('&#39;', "'")
            .replaceAll('&quot;', '"')
            .replaceAll('&gt;', '>')
            .replaceAll('&lt;', '<')
            .replaceAll('&amp;', '&'),
        ).toBe(text)
      },
    ),
    { seed: 20_261_122 },
  )
})
