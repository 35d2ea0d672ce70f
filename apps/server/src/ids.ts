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
  const bytes = Buffer.alloc(16)
  let drawn = pool.length
  let last = 0
  let counter = 0
  return () => {
    const at = now()
    if (at > last) {
      last = at
      counter = 0
    } else if (counter === MOST) {
      // More than fit in one ms, or a clock that was set back: time is borrowed rather than an id repeated.
      last += 1
      counter = 0
    } else {
      counter += 1
    }
    if (drawn === pool.length) {
      fill(pool)
      drawn = 0
    }
    pool.copy(bytes, 16 - RANDOM_BYTES, drawn, drawn + RANDOM_BYTES)
    drawn += RANDOM_BYTES
    bytes.writeUIntBE(last, 0, 6)
    bytes.writeUInt16BE(0x7000 | counter, 6)
    bytes.writeUInt8(0x80 | ((bytes[8] ?? 0) & 0x3f), 8)
    const hex = bytes.toString('hex')
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join('-')
  }
}

// -- internals

const MOST = 0xfff

const RANDOM_BYTES = 8

// A draw costs the system about the same for one id as for many.
const DRAWN_AT_ONCE = 512
