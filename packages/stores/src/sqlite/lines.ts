import type { Connection } from './database.ts'

/** What is numbered in the order in which it was written. */
export type Kind = 'entries' | 'effects'

/** The numbers of all entries or all effects of one service, tenant or provider, ascending. */
export interface Line {
  readonly kind: Kind
  readonly of: 'service' | 'scope'
  readonly seq: number
  /** Its last numbers, which the row that it belongs to holds itself. */
  readonly tail: string
}

/** The tails of the lines of one row, spelled with commas. */
export type Tails = Readonly<Record<Kind, string>>

/**
 * Lines of numbers. An index would have a page somewhere written for each number. Here the last numbers stand in the row of
 * their service, which is written anyway, or of their scope, of which there are few; they are put away a lot at a time.
 */
export interface LineTable {
  /** Puts a tail away for which there is no more room in its row. */
  readonly putAway: (line: Line) => void
  /**
   * The numbers of a line after one, as far as they are asked for. The tail was read before the lots are, so that what is
   * put away between the two is seen once all the same.
   */
  readonly numbers: (line: Line, after: number) => Generator<number, void>
}

/** Opens the lines. */
export const lineTable = ({ all, run }: Connection): LineTable => ({
  putAway: ({ kind, of, seq, tail }) => {
    const last = Number(tail.slice(tail.lastIndexOf(',') + 1))
    run(INSERT, KINDS[of][kind], seq, last, tail)
  },
  *numbers({ kind, of, seq, tail }, after) {
    let last = after
    for (;;) {
      const lots = all<Lot>(LOTS, KINDS[of][kind], seq, last, AT_ONCE)
      for (const { numbers } of lots)
        for (const number of numbersOf(numbers))
          if (number > last) {
            yield number
            last = number
          }
      if (lots.length < AT_ONCE) break
    }
    for (const number of numbersOf(tail)) if (number > last) yield number
  },
})

/** A row that holds no numbers. */
export const noTails: Tails = { entries: '', effects: '' }

/** Puts one tail behind another. */
export const joined = (tail: string, added: string): string =>
  tail === '' || added === '' ? tail + added : `${tail},${added}`

/** Merges numbers that ascend each. */
export const merged = function* (
  sources: ReadonlyArray<Generator<number, void>>,
): Generator<number, void> {
  const heads = sources.map((source) => source.next())
  for (;;) {
    let least: number | undefined
    let from = -1
    for (const [index, { value }] of heads.entries())
      if (value !== undefined && (least === undefined || value < least)) {
        least = value
        from = index
      }
    const source = sources[from]
    if (least === undefined || source === undefined) return
    yield least
    heads[from] = source.next()
  }
}

/** Reads as many rows of numbers as are asked for; a number may have none. */
export const rowsOf = <Row>(
  numbers: Generator<number, void>,
  most: number,
  read: (numbers: string) => ReadonlyArray<Row>,
): ReadonlyArray<Row> => {
  const rows: Array<Row> = []
  for (;;) {
    const wanted: Array<number> = []
    while (wanted.length < most - rows.length) {
      const { value } = numbers.next()
      if (value === undefined) break
      wanted.push(value)
    }
    if (wanted.length === 0) return rows
    rows.push(...read(`[${wanted.join()}]`))
  }
}

// -- internals

interface Lot {
  readonly last: number
  readonly numbers: string
}

const AT_ONCE = 16

// As they are stored.
const KINDS = {
  service: { entries: 0, effects: 1 },
  scope: { entries: 2, effects: 3 },
} as const

const INSERT = 'insert into lot (kind, seq, last, numbers) values (?, ?, ?, ?)'
const LOTS = `
  select last, numbers from lot where kind = ? and seq = ? and last > ? order by last limit ?`

const numbersOf = (numbers: string): ReadonlyArray<number> =>
  numbers === '' ? [] : numbers.split(',').map(Number)
