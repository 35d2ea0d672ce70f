import type { Area, Point } from './layout.ts'
import { DASHES, FRAME, INK } from './style.ts'
import { element, tenths } from './svg.ts'

/** The frame of a state: a double one where a service ends, a dashed one for what goes on beside others. */
export const frame = (
  { x, y, width, height }: Area,
  { final, region }: { readonly final: boolean; readonly region: boolean },
): string => {
  const rx = Math.min(ROUND, height / 3)
  return element('g', { fill: 'none', stroke: FRAME }, [
    element('rect', {
      x,
      y,
      width,
      height,
      rx,
      'stroke-width': 1.3,
      'stroke-dasharray': region ? '4 3' : undefined,
    }),
    ...(final
      ? [
          element('rect', {
            x: x + INSET,
            y: y + INSET,
            width: width - 2 * INSET,
            height: height - 2 * INSET,
            rx: Math.max(0, rx - INSET),
          }),
        ]
      : []),
  ])
}

/** The dot at which a service begins. */
export const dot = ({ x, y, width, height }: Area): string =>
  element('circle', { cx: x + width / 2, cy: y + height / 2, r: width / 2, fill: FRAME })

/** A short line of a kind, from its left end. */
export const sample = (kind: keyof typeof INK, at: Point): string =>
  stroke(kind, `M${tenths(at.x)} ${tenths(at.y)}h${SAMPLE}`)

/** How long a sample is, in pixels. */
export const SAMPLE = 18

/** A line of a kind along a path. */
export const stroke = (kind: keyof typeof INK, path: string): string =>
  element('path', {
    d: path,
    fill: 'none',
    stroke: INK[kind],
    'stroke-width': 1.4,
    'stroke-dasharray': DASHES[kind],
  })

// -- internals

const ROUND = 8

const INSET = 3
