import { hash as hashOf, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/** Tells whether a text is the secret, in a time that does not depend on where they differ. */
export type Verify = (secret: string) => boolean | Promise<boolean>

/** A secret that is stored as its hash. `memory` and `time` grow with `cost`, which is a power of two. */
export interface ScryptHash {
  readonly cost: number
  readonly blockSize: number
  readonly parallelization: number
  readonly salt: Buffer
  readonly hash: Buffer
}

/** How a hash is written: `scrypt$N$r$p$salt$hash`, the last two in base64. */
export const ScryptHash: t.Type<ScryptHash, string, unknown> = new t.Type(
  'a hash as `signalbox hash-secret` prints it',
  (value): value is ScryptHash => typeof value === 'object' && value !== null && 'hash' in value,
  (value, context) => {
    const hash = typeof value === 'string' ? parseHash(value) : undefined
    return hash === undefined ? t.failure(value, context) : t.success(hash)
  },
  ({ cost, blockSize, parallelization, salt, hash }) =>
    ['scrypt', cost, blockSize, parallelization, toBase64(salt), toBase64(hash)].join('$'),
)

/** A secret as the configuration gives it; `env` names the variable that holds it. */
export type Secret =
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'scrypt'; readonly hash: ScryptHash }
  | { readonly kind: 'env'; readonly name: string }

export const Secret: t.Type<Secret, unknown, unknown> = new t.Type(
  'a string, { "scrypt" } or { "env" }',
  (value): value is Secret => typeof value === 'object' && value !== null && 'kind' in value,
  (value, context) => {
    if (typeof value === 'string') {
      return value === ''
        ? t.failure(value, context, 'an empty secret is none')
        : t.success({ kind: 'plain', text: value })
    }
    const [entry, ...others] = Object.entries(value ?? {})
    if (entry === undefined || others.length > 0 || Array.isArray(value)) {
      return t.failure(value, context)
    }
    const [key, held] = entry
    if (key === 'scrypt') {
      const at = t.appendContext(context, key, ScryptHash, held)
      const hash = ScryptHash.validate(held, at)
      return E.isLeft(hash) ? hash : t.success({ kind: 'scrypt', hash: hash.right })
    }
    if (key === 'env') {
      return typeof held === 'string' && held !== ''
        ? t.success({ kind: 'env', name: held })
        : t.failure(
            held,
            t.appendContext(context, key, t.string, held),
            'expected the name of an environment variable',
          )
    }
    return t.failure(value, context)
  },
  (secret) =>
    secret.kind === 'plain'
      ? secret.text
      : secret.kind === 'env'
        ? { env: secret.name }
        : { scrypt: ScryptHash.encode(secret.hash) },
)

/** Checks against a secret that is known in plain. */
export const plainVerifier = (expected: string): Verify => {
  if (Buffer.byteLength(expected) > ROOM) {
    const wanted = digestOf(expected)
    return (secret) => timingSafeEqual(digestOf(secret), wanted)
  }
  // Each is written into as much room as any secret has here, its length behind it: what is compared is always as long.
  const wanted = writeSecret(expected, Buffer.alloc(ROOM + LENGTH_BYTES))
  const given = Buffer.alloc(ROOM + LENGTH_BYTES)
  return (secret) => timingSafeEqual(writeSecret(secret, given), wanted)
}

/**
 * Checks against a hash. One derivation takes a good part of a second on purpose, so the first success is remembered by a
 * keyed digest, after which nothing else is derived; equal attempts at the same time share one derivation.
 */
export const scryptVerifier = (
  expected: ScryptHash,
  derive: (secret: string, hash: ScryptHash) => Promise<Buffer> = deriveKey,
): Verify => {
  let known: Buffer | undefined
  const running = new Map<string, Promise<boolean>>()
  return (secret) => {
    const digest = digestOf(secret)
    if (known !== undefined) return Promise.resolve(timingSafeEqual(known, digest))
    const key = digest.toString('latin1')
    const shared = running.get(key)
    if (shared !== undefined) return shared
    const attempt = derive(secret, expected)
      .then((derived) => {
        const matches = timingSafeEqual(derived, expected.hash)
        if (matches) known = digest
        return matches
      })
      .finally(() => running.delete(key))
    running.set(key, attempt)
    return attempt
  }
}

/** Hashes a secret with a fresh salt. */
export const hashSecret = async (secret: string): Promise<string> => {
  const blank = { ...STRENGTH, salt: randomBytes(16), hash: Buffer.alloc(32) }
  return ScryptHash.encode({ ...blank, hash: await deriveKey(secret, blank) })
}

// -- internals

const STRENGTH = { cost: 2 ** 15, blockSize: 8, parallelization: 3 }

// Secrets of more bytes than so are compared through their digests, which takes several times longer.
const ROOM = 256

const LENGTH_BYTES = 4

const writeSecret = (secret: string, into: Buffer): Buffer => {
  into.fill(0)
  into.write(secret, 0, ROOM)
  into.writeUInt32LE(Buffer.byteLength(secret), ROOM)
  return into
}

// Digests are compared here and go nowhere, so that a prefix nobody knows serves as well as a keyed digest, in a third of the time.
const PROCESS_KEY = randomBytes(32).toString('base64')

const digestOf = (secret: string): Buffer => hashOf('sha256', PROCESS_KEY + secret, 'buffer')

const deriveKey = (
  secret: string,
  { cost, blockSize, parallelization, salt, hash }: ScryptHash,
): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { N: cost, r: blockSize, p: parallelization, maxmem: MAX_MEMORY * 2 }
    scrypt(secret, salt, hash.length, options, (error, derived) =>
      error === null ? resolve(derived) : reject(error),
    )
  })

const MAX_MEMORY = 256 * 1024 * 1024

const FORM = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]+=*)$/

const parseHash = (text: string): ScryptHash | undefined => {
  const [, cost, blockSize, parallelization, salt, hash] = FORM.exec(text) ?? []
  if (salt === undefined || hash === undefined) return undefined
  const parsed = {
    cost: Number(cost),
    blockSize: Number(blockSize),
    parallelization: Number(parallelization),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
  return isSound(parsed) ? parsed : undefined
}

const isSound = ({ cost, blockSize, parallelization, salt, hash }: ScryptHash): boolean =>
  cost >= 2 &&
  Number.isInteger(Math.log2(cost)) &&
  blockSize >= 1 &&
  parallelization >= 1 &&
  128 * cost * blockSize <= MAX_MEMORY &&
  cost * blockSize * parallelization <= 2 ** 24 &&
  salt.length >= 8 &&
  hash.length >= 16 &&
  hash.length <= 128

const toBase64 = (bytes: Buffer): string => bytes.toString('base64')
