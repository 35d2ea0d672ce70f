import { randomFillSync } from 'node:crypto'

/**
 * Makes UUIDs of version 7, each greater than the one before. Ids are keys of large tables: in ascending order they go to
 * the end of an index instead of all over it, which makes a commit several times faster once there are many. They
 * tell when they were made and can be foreseen in part, so they are no secrets.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9562#section-5.7
 */
export const createIds = (
  now: () => number,
  fill: (bytes: Uint8Array) => void = (bytes) => void randomFillSync(bytes),
): (() => string) => {
  const pool = Buffer.alloc(RANDOM_BYTES * DRAWN_AT_ONCE)
  let digits = ''
  let drawn = 0
  let last = 0
  let time = timeOf(last)
  let counter = 0
  return () => {
    const at = now()
    if (at <= last && counter < MOST) {
      counter += 1
    } else {
      // More than fit in one ms, or a clock that was set back: time is borrowed rather than an id repeated.
      last = at > last ? at : last + 1
      time = timeOf(last)
      counter = 0
    }
    if (drawn === digits.length) {
      digits = drawDigits(pool, fill)
      drawn = 0
    }
    const random = digits.slice(drawn, drawn + RANDOM_DIGITS)
    drawn += RANDOM_DIGITS
    return `${time}-7${hexOf(counter, 3)}-${random.slice(0, 4)}-${random.slice(4)}`
  }
}

// -- internals

const MOST = 0xfff

const RANDOM_BYTES = 8

const RANDOM_DIGITS = RANDOM_BYTES * 2

// A draw costs the system about the same for one id as for many.
const DRAWN_AT_ONCE = 512

const hexOf = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')

const timeOf = (ms: number): string => {
  const digits = hexOf(ms, 12)
  return `${digits.slice(0, 8)}-${digits.slice(8)}`
}

// The first bits of what is random say which variant of UUID it is.
const drawDigits = (pool: Buffer, fill: (bytes: Uint8Array) => void): string => {
  fill(pool)
  for (let first = 0; first < pool.length; first += RANDOM_BYTES)
    pool[first] = 0x80 | ((pool[first] ?? 0) & 0x3f)
  return pool.toString('hex')
}
