import stringWidth from 'string-width'
import { plain } from './plain-text.ts'
import type { Style, Terminal } from './terminal.ts'

/** A cell: its text as it came, and how it is painted. */
export type Cell = string | { readonly text: string; readonly style: Style | undefined }

/** A column; one that is kept whole is never shortened, for what is cut cannot be copied. */
export type Column = string | { readonly whole: string }

/** Lays rows out under headings, as wide as their widest cells; where a terminal is narrower, the widest columns give way. */
export const tableOf = (
  { columns, paint }: Pick<Terminal, 'columns' | 'paint'>,
  columnsOf: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<Cell>>,
): string => {
  const headings = columnsOf.map((column) => (typeof column === 'string' ? column : column.whole))
  const cells = rows.map((row) => row.map(cellOf))
  const natural = headings.map((heading, at) =>
    Math.max(stringWidth(heading), ...cells.map((row) => stringWidth(row[at]?.text ?? ''))),
  )
  const room = columns === undefined ? Infinity : columns - GAP * (headings.length - 1)
  const gives = columnsOf.map((column) => typeof column === 'string')
  const widths = squeezed(natural, gives, room)
  const line = (row: ReadonlyArray<Shown>): string =>
    row
      .map(({ text, style }, at) => {
        const cut = shortened(text, widths[at] ?? 0)
        const painted = style === undefined ? cut : paint(style, cut)
        const pad = at === row.length - 1 ? 0 : (widths[at] ?? 0) - stringWidth(cut) + GAP
        return painted + ' '.repeat(pad)
      })
      .join('')
      .trimEnd()
  const head = headings.map((text): Shown => ({ text, style: 'faint' }))
  return [head, ...cells].map((row) => `${line(row)}\n`).join('')
}

// -- internals

interface Shown {
  readonly text: string
  readonly style: Style | undefined
}

const GAP = 2

const LEAST = 8

const cellOf = (cell: Cell): Shown =>
  typeof cell === 'string'
    ? { text: plain(cell), style: undefined }
    : { ...cell, text: plain(cell.text) }

// A column that is taken from stays at least as wide as a short word.
const squeezed = (
  natural: ReadonlyArray<number>,
  gives: ReadonlyArray<boolean>,
  room: number,
): ReadonlyArray<number> => {
  const widths = [...natural]
  const width = (): number => widths.reduce((sum, one) => sum + one, 0)
  while (width() > room) {
    const widest = Math.max(...widths.filter((_, at) => gives[at]))
    if (widest <= LEAST) break
    widths[widths.findLastIndex((one, at) => gives[at] === true && one === widest)] = widest - 1
  }
  return widths
}

const shortened = (text: string, width: number): string => {
  if (stringWidth(text) <= width) return text
  let cut = ''
  for (const { segment } of GRAPHEMES.segment(text)) {
    if (stringWidth(cut + segment) > width - 1) break
    cut += segment
  }
  return `${cut}…`
}

const GRAPHEMES = new Intl.Segmenter()
