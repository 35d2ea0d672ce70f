import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { hashSecret, plainVerifier, ScryptHash, scryptVerifier, Secret } from './secret.ts'

const WEAK: ScryptHash = {
  cost: 16,
  blockSize: 1,
  parallelization: 1,
  salt: Buffer.from('0123456789abcdef'),
  hash: Buffer.alloc(32, 7),
}

const decodeHash = (text: string): ScryptHash => {
  const decoded = ScryptHash.decode(text)
  if (E.isLeft(decoded)) throw new Error(`no hash: ${text}`)
  return decoded.right
}

describe('plainVerifier', () => {
  it('accepts the secret and nothing else, whatever its length', async () => {
    const verify = plainVerifier('correct horse')
    expect(await verify('correct horse')).toBe(true)
    for (const wrong of ['', 'correct hors', 'correct horse ', 'Correct horse', 'x'.repeat(9999)]) {
      expect(await verify(wrong)).toBe(false)
    }
  })

  it('tells apart what differs only in its length, or far behind', async () => {
    for (const expected of ['', '\0', 'ä'.repeat(128), 'x'.repeat(256), 'x'.repeat(5000)]) {
      const verify = plainVerifier(expected)
      expect(await verify(expected)).toBe(true)
      for (const wrong of [`${expected}\0`, `${expected}x`, `\0${expected}`])
        expect(await verify(wrong)).toBe(false)
      expect(await verify(`${expected.slice(0, -1)}y`)).toBe(false)
    }
  })
})

describe('hashSecret', () => {
  it('makes a hash that decodes, verifies its secret and refuses another', async () => {
    const text = await hashSecret('s3cret')
    expect(text).toMatch(/^scrypt\$32768\$8\$3\$/)
    expect(text).not.toContain('s3cret')
    const verify = scryptVerifier(decodeHash(text))
    expect(await verify('wrong')).toBe(false)
    expect(await verify('s3cret')).toBe(true)
    expect(ScryptHash.encode(decodeHash(text))).toBe(text)
  })

  it('salts: the same secret twice gives two hashes', async () => {
    expect(await hashSecret('same')).not.toBe(await hashSecret('same'))
  })
})

describe('scryptVerifier', () => {
  it('verifies the vector of RFC 7914', async () => {
    const hash = Buffer.from(
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
      'hex',
    )
    const text = ['scrypt', 1024, 8, 16, btoa('NaCl'), hash.toString('base64')].join('$')
    expect(E.isLeft(ScryptHash.decode(text))).toBe(true) // Its salt is shorter than we accept.
    const verify = scryptVerifier({
      cost: 1024,
      blockSize: 8,
      parallelization: 16,
      salt: Buffer.from('NaCl'),
      hash,
    })
    expect(await verify('password')).toBe(true)
  })

  it('derives once for the right secret, and not at all after that', async () => {
    let derived = 0
    const verify = scryptVerifier(WEAK, (secret) => {
      derived += 1
      return Promise.resolve(Buffer.alloc(32, secret === 'right' ? 7 : 8))
    })
    expect(await Promise.all([verify('right'), verify('right'), verify('right')])).toEqual([
      true,
      true,
      true,
    ])
    expect(await verify('right')).toBe(true)
    expect(await verify('wrong')).toBe(false)
    expect(derived).toBe(1)
  })

  it('derives again for another attempt as long as none has succeeded', async () => {
    let derived = 0
    const verify = scryptVerifier(WEAK, () => {
      derived += 1
      return Promise.resolve(Buffer.alloc(32, 8))
    })
    expect(await verify('wrong')).toBe(false)
    expect(await verify('wrong')).toBe(false)
    expect(derived).toBe(2)
  })

  it('recovers from a derivation that failed', async () => {
    let failed = false
    const verify = scryptVerifier(WEAK, () => {
      if (failed) return Promise.resolve(Buffer.alloc(32, 7))
      failed = true
      return Promise.reject(new Error('out of memory'))
    })
    await expect(verify('right')).rejects.toThrow('out of memory')
    expect(await verify('right')).toBe(true)
  })
})

describe('ScryptHash', () => {
  it.each([
    ['another scheme', 'bcrypt$16384$8$1$MDEyMzQ1Njc4OWFiY2RlZg==$MDEyMzQ1Njc4OWFiY2RlZg=='],
    [
      'a cost that is no power of two',
      'scrypt$16385$8$1$MDEyMzQ1Njc4OQ==$MDEyMzQ1Njc4OWFiY2RlZg==',
    ],
    ['no cost', 'scrypt$1$8$1$MDEyMzQ1Njc4OQ==$MDEyMzQ1Njc4OWFiY2RlZg=='],
    [
      'more memory than a server should give',
      'scrypt$8388608$8$1$MDEyMzQ1Njc4OQ==$MDEyMzQ1Njc4OWFiY2RlZg==',
    ],
    [
      'more time than a server should give',
      'scrypt$262144$8$100$MDEyMzQ1Njc4OQ==$MDEyMzQ1Njc4OWFiY2RlZg==',
    ],
    ['a short hash', 'scrypt$16384$8$1$MDEyMzQ1Njc4OQ==$MDEy'],
    ['a short salt', 'scrypt$16384$8$1$MDEy$MDEyMzQ1Njc4OWFiY2RlZg=='],
    ['too few parts', 'scrypt$16384$8$1$MDEyMzQ1Njc4OQ=='],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(E.isLeft(ScryptHash.decode(text))).toBe(true)
  })
})

describe('Secret', () => {
  it.each([
    ['plain', { kind: 'plain', text: 'plain' }],
    [{ env: 'TOKEN' }, { kind: 'env', name: 'TOKEN' }],
  ])('decodes %j', (written, secret) => {
    expect(Secret.decode(written)).toEqual(E.right(secret))
    expect(Secret.encode(secret as Secret)).toEqual(written)
  })

  it.each([[''], [5], [null], [undefined], [[]], [['x']], [{}], [{ env: '' }], [{ env: 5 }]])(
    'refuses %j',
    (written) => {
      expect(E.isLeft(Secret.decode(written))).toBe(true)
    },
  )

  it('refuses two ways at once', () => {
    expect(E.isLeft(Secret.decode({ env: 'A', scrypt: 'B' }))).toBe(true)
  })
})
