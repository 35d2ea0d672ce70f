import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPublicAddress } from './cidr.ts'

describe('a public address', () => {
  it.each([
    '127.0.0.1',
    '127.255.1.1',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '192.0.0.192',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.7',
    '203.0.113.7',
    '169.254.169.254',
    '168.63.129.16',
    '100.64.0.1',
    '100.100.100.200',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::ffff:0:7f00:1',
    '::7f00:1',
    '64:ff9b::7f00:1',
    '64:ff9b::8.8.8.8',
    '64:ff9b:1::1',
    '100::1',
    '2001:0:7f00:1::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '3fff::1',
    '5f00::1',
    'fe80::1%eth0',
    'fec0::1',
    'fc00::1',
    'fd00:ec2::254',
    'fd12:3456::1',
    'ff02::1',
    'localhost',
    '',
    '1.2.3',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
  ])('is not %s', (address) => expect(isPublicAddress(address)).toBe(false))

  it.each([
    '93.184.216.34',
    '172.32.0.1',
    '100.128.0.1',
    '168.63.129.17',
    '2606:2800:220:1::1',
    '::ffff:8.8.8.8',
    '2001:4860:4860::8888',
    '2a00:1450:4001::1',
  ])('is %s', (address) => expect(isPublicAddress(address)).toBe(true))

  it('is nothing in the private ranges, however it is written', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(255), fc.nat(255), (a, b, c) => {
        const hex = (one: number, two: number): string => ((one << 8) | two).toString(16)
        for (const first of [10, 127]) {
          expect(isPublicAddress(`${first}.${a}.${b}.${c}`)).toBe(false)
          expect(isPublicAddress(`::ffff:${first}.${a}.${b}.${c}`)).toBe(false)
          expect(isPublicAddress(`2002:${hex(first, a)}:${hex(b, c)}::1`)).toBe(false)
          expect(isPublicAddress(`64:ff9b::${hex(first, a)}:${hex(b, c)}`)).toBe(false)
        }
        expect(isPublicAddress(`192.168.${a}.${b}`)).toBe(false)
      }),
      { seed: 5, numRuns: 200 },
    )
  })
})
