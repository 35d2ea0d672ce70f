import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { Dial } from './dial.ts'
import { keepWithin, ReachSettings } from './reach.ts'

const ADDRESSES = [
  '93.184.216.34',
  '127.0.0.1',
  '10.1.2.3',
  '100.64.0.1',
  '100.100.100.200',
  '169.254.169.254',
  '168.63.129.16',
  '224.0.0.1',
  '0.0.0.0',
  '::1',
  'fd12::1',
  'fd00:ec2::254',
  'fe80::1',
  '64:ff9b::7f00:1',
]

const reached = async (url: string, settings?: ReachSettings): Promise<ReadonlyArray<string>> => {
  let permitted: ReadonlyArray<string> = ['nobody asked']
  const dial: Dial = async ({ permits }) => {
    permitted = ADDRESSES.filter(permits)
    return { _tag: 'Refused' }
  }
  const rest = { method: 'GET', headers: {}, limit: 1, signal: new AbortController().signal }
  await keepWithin(dial, settings)({ ...rest, url: new URL(url) })
  return permitted
}

const PUBLIC = ['93.184.216.34']
const NONE = ['nobody asked']

describe('the reach', () => {
  it('is public addresses over https, unless the settings say more', async () => {
    expect(await reached('https://hooks.example/')).toEqual(PUBLIC)
    expect(await reached('http://hooks.example/')).toEqual(NONE)
    expect(await reached('http://hooks.example/', { allowHttp: true })).toEqual(PUBLIC)
    for (const url of ['ftp://hooks.example/', 'file:///etc/passwd', 'data:,x'])
      expect(await reached(url, { allowHttp: true })).toEqual(NONE)
  })

  it('takes in the ranges that it is told, and no more', async () => {
    const allow = ['10.0.0.0/8', '::1', '169.254.169.254']
    expect(await reached('https://hooks.example/', { allow })).toEqual([
      ...PUBLIC,
      '10.1.2.3',
      '169.254.169.254',
      '::1',
    ])
  })

  it('takes in what is private of a host that is named, and of no other', async () => {
    const allow = ['Hooks.Internal.']
    const inner = [...PUBLIC, '127.0.0.1', '10.1.2.3', '100.64.0.1', '::1', 'fd12::1']
    expect(await reached('https://hooks.internal/', { allow })).toEqual(inner)
    expect(await reached('https://HOOKS.internal./', { allow })).toEqual(inner)
    expect(await reached('https://other.internal/', { allow })).toEqual(PUBLIC)
    expect(await reached('https://hooks.internal.evil.example/', { allow })).toEqual(PUBLIC)
  })

  it('knows a range and a name from anything else', () => {
    const reads = (text: unknown): boolean => E.isRight(ReachSettings.decode({ allow: [text] }))
    for (const text of ['10.0.0.0/8', '::1', '192.168.1.1', 'localhost', 'a-b.c_d.example.'])
      expect([text, reads(text)]).toEqual([text, true])
    for (const text of [
      '',
      '*',
      '10.0.0.0/33',
      '10.0.0',
      'https://a.example',
      'a b',
      '.a',
      'a..b',
      7,
    ])
      expect([text, reads(text)]).toEqual([text, false])
    expect(E.isLeft(ReachSettings.decode({ allowed: [] }))).toBe(true)
  })
})
