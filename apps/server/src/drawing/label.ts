import type { Arrow } from '@signalbox/core'
import type { Point } from './layout.ts'
import { SAMPLE, sample } from './shapes.ts'
import { BASELINE, GROUND, INK, LETTER, LINE } from './style.ts'
import { element } from './svg.ts'

/** A text in a box or at a line, behind a sample of its kind of line when it has one. */
export interface Label {
  readonly kind: Arrow['kind'] | undefined
  readonly rows: ReadonlyArray<string>
  /** What a pointer is told that rests on it. */
  readonly words: string | undefined
}

/** The label of an arrow, broken where it would be long. */
export const labelOf = ({ kind, label, words }: Omit<Arrow, 'targets'>): Label => ({
  kind,
  words,
  rows: label.reduce<ReadonlyArray<string>>((rows, part) => {
    const last = rows.at(-1)
    if (last === undefined) return [part]
    const longer = `${last} ${part}`
    return longer.length > LONG ? [...rows, `  ${part}`] : [...rows.slice(0, -1), longer]
  }, []),
})

/** A text of its own. */
export const plainLabel = (text: string): Label => ({
  kind: undefined,
  rows: [text],
  words: undefined,
})

/** The room that labels take one below the other, in pixels. */
export const sizeOf = (
  labels: ReadonlyArray<Label>,
): { readonly width: number; readonly height: number } => ({
  width: Math.max(
    0,
    ...labels.flatMap(({ kind, rows }) =>
      rows.map(({ length }) => indentOf(kind) + length * LETTER),
    ),
  ),
  height: labels.reduce((sum, { rows }) => sum + rows.length * LINE, 0),
})

/** Writes labels one below the other, from their corner at the top left. A line that passes below leaves them readable. */
export const writeLabels = (labels: ReadonlyArray<Label>, { x, y }: Point): ReadonlyArray<string> =>
  labels.map((label, index) =>
    writeLabel(label, { x, y: y + sizeOf(labels.slice(0, index)).height }),
  )

// -- internals

// In letters.
const LONG = 34

const indentOf = (kind: Label['kind']): number => (kind === undefined ? 0 : SAMPLE + 6)

const writeLabel = ({ kind, rows, words }: Label, { x, y }: Point): string => {
  const texts = rows.map((row, index) => {
    const said = row.trimStart()
    return element(
      'text',
      {
        x: x + indentOf(kind) + (row.length - said.length) * LETTER,
        y: y + index * LINE + BASELINE,
        fill: kind === undefined ? undefined : INK[kind],
        stroke: GROUND,
        'stroke-width': 3,
        'paint-order': 'stroke',
      },
      said,
    )
  })
  return element('g', {}, [
    ...(words === undefined ? [] : [element('title', {}, words)]),
    ...texts,
    ...(kind === undefined ? [] : [sample(kind, { x, y: y + LINE / 2 })]),
  ])
}
