import { issuesOf, struct } from '@signalbox/core'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { driverSettings } from './driver-settings.ts'

const Settings = driverSettings({
  manual: struct({ kind: t.literal('manual') }, {}),
  upstream: struct({ kind: t.literal('upstream'), url: t.string }, {}),
})

const problem = (value: unknown): string => {
  const decoded = Settings.decode(value)
  if (E.isRight(decoded)) return 'none'
  return issuesOf(decoded.left)
    .map(({ path, expected }) => `${path}: ${expected}`)
    .join('; ')
}

describe('the settings of a driver', () => {
  it('are those of its kind', () => {
    expect(problem({ kind: 'manual' })).toBe('none')
    expect(problem({ kind: 'upstream', url: 'u' })).toBe('none')
    expect(problem({ kind: 'upstream' })).toBe('url: string')
    expect(problem({ kind: 'manual', url: 'u' })).toBe('url: unknown member; known are kind')
  })

  it.each([[{ kind: 'toString' }], [{ kind: 7 }], [{}]])('are of no other kind: %j', (value) =>
    expect(problem(value)).toBe('kind: "manual" or "upstream"'),
  )

  it.each(['manual', null, undefined])('are an object, not %s', (value) =>
    expect(problem(value)).toBe(': a driver'),
  )
})
