import { randomFillSync } from 'node:crypto'

/** A number that nobody can foresee: at least 0, below 1, with all 53 bits that fit. */
export const fraction = (): number => {
  if (next === WORDS.length) {
    randomFillSync(WORDS)
    next = 0
  }
  const high = (WORDS[next++] ?? 0) >>> 5
  const low = (WORDS[next++] ?? 0) >>> 6
  return (high * 2 ** 26 + low) / 2 ** 53
}

// -- internals

// One call to the system serves many fractions.
const WORDS = new Uint32Array(256)
let next = WORDS.length
