import { scryptAsync } from '@noble/hashes/scrypt.js'

/** Hashes a password so that it can be checked and not be read, as `scrypt$N$r$p$salt$hash`. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const hash = await derive(password, { cost: COST, blockSize: 8, parallelization: 1, salt })
  return `scrypt$${COST}$8$1$${toBase64(salt)}$${toBase64(hash)}`
}

/** Tells whether a password is the one that was hashed, in a time that does not depend on where they differ. */
export const checkPassword = async (password: string, stored: string): Promise<boolean> => {
  const parsed = parse(stored)
  if (parsed === undefined) return sameText(await sha256Hex(password), await sha256Hex(stored))
  const hash = await derive(password, parsed)
  return sameText(toBase64(hash), toBase64(parsed.hash))
}

/** Takes as long as a check, for a user who is not there. */
export const checkNobody = async (password: string): Promise<boolean> => {
  await derive(password, { cost: COST, blockSize: 8, parallelization: 1, salt: new Uint8Array(16) })
  return false
}

/** The SHA-256 of a text, in hexadecimal. */
export const sha256Hex = async (text: string): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return toHex(new Uint8Array(digest))
}

/** Bytes in hexadecimal. */
export const toHex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** Compares two texts in a time that depends on their lengths only. */
export const sameText = (a: string, b: string): boolean => {
  let difference = a.length ^ b.length
  for (let index = 0; index < a.length; index += 1)
    difference |= a.charCodeAt(index) ^ b.charCodeAt(index % Math.max(1, b.length))
  return difference === 0
}

// -- internals

const COST = 2 ** 14

interface Parameters {
  readonly cost: number
  readonly blockSize: number
  readonly parallelization: number
  readonly salt: Uint8Array
  readonly hash?: Uint8Array
}

// Gives way to other work every few ms, so that a login does not hold up everybody.
const derive = (
  password: string,
  { cost, blockSize, parallelization, salt, hash }: Parameters,
): Promise<Uint8Array> =>
  scryptAsync(password, salt, {
    N: cost,
    r: blockSize,
    p: parallelization,
    dkLen: hash?.length ?? 32,
    asyncTick: 5,
  })

const FORM = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/

const parse = (stored: string): (Parameters & { readonly hash: Uint8Array }) | undefined => {
  const [, cost, blockSize, parallelization, salt, hash] = FORM.exec(stored) ?? []
  if (salt === undefined || hash === undefined) return undefined
  return {
    cost: Number(cost),
    blockSize: Number(blockSize),
    parallelization: Number(parallelization),
    salt: fromBase64(salt),
    hash: fromBase64(hash),
  }
}

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes))

const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
