import { instance } from '@viz-js/viz'
import type { Attributes, Graph, Subgraph } from '@viz-js/viz'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'

/** What is to be laid out. Lengths are in pixels. */
export interface Plan {
  readonly boxes: ReadonlyArray<PlannedBox>
  readonly lines: ReadonlyArray<PlannedLine>
}

/** A box of this size; one with others within it is as large as they need, with room of this size above them. */
export interface PlannedBox {
  /** Unlike that of every other box. */
  readonly id: string
  readonly width: number
  readonly height: number
  readonly within: ReadonlyArray<PlannedBox>
}

/** A line between two boxes, and the size of its label. */
interface PlannedLine {
  readonly from: string
  readonly to: string
  readonly width: number
  readonly height: number
}

/** Where everything lies; y grows downwards. */
export interface Layout {
  readonly width: number
  readonly height: number
  /** By the ids of the boxes. */
  readonly areas: ReadonlyMap<string, Area>
  /** In the order of the lines. */
  readonly curves: ReadonlyArray<Curve>
}

/** A place on the drawing. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** A rectangle by its corner at the top left. */
export interface Area extends Point {
  readonly width: number
  readonly height: number
}

/** A Bézier curve, by its start and three points for each segment. Its head reaches from the end of it to the tip. */
export interface Curve {
  readonly points: ReadonlyArray<Point>
  readonly tip: Point
  /** The middle of the label. */
  readonly label: Point
}

/** Lays boxes and lines out in layers, by Graphviz; the same plan always comes to the same layout. @see https://graphviz.org/docs/layouts/dot/ */
export const layOut = async (plan: Plan): Promise<Layout> => {
  const viz = await instance()
  const decoded = Output.decode(viz.renderJSON(graphOf(plan), { yInvert: true }))
  if (E.isLeft(decoded)) throw new Error('Graphviz answers what is no layout')
  return layoutOf(decoded.right, plan)
}

// -- internals

// Graphviz measures boxes in inches, and places in points.
const POINTS = 72

const graphOf = ({ boxes, lines }: Plan): Graph => {
  const all = boxes.flatMap(flat)
  const nameOf = (box: PlannedBox): string => (box.within.length > 0 ? CLUSTER : '') + box.id
  const contentOf = (
    inside: ReadonlyArray<PlannedBox>,
    here: PlannedBox | undefined,
  ): Pick<Graph, 'nodes' | 'edges' | 'subgraphs'> => ({
    nodes: inside
      .filter(({ within }) => within.length === 0)
      .map(({ id, width, height }) => ({
        name: id,
        attributes: { width: width / POINTS, height: height / POINTS },
      })),
    subgraphs: inside
      .filter(({ within }) => within.length > 0)
      .map((box): Subgraph => ({
        name: nameOf(box),
        graphAttributes: { cluster: true, label: room(box), margin: MARGIN },
        ...contentOf(box.within, box),
      })),
    edges: ends
      .filter(({ around }) => around === here)
      .map(({ tail, head, line }) => ({
        tail: innermost(tail).id,
        head: innermost(head).id,
        attributes: {
          id: String(lines.indexOf(line)),
          ...(line.width > 0 && { label: room(line) }),
          ...(tail.within.length > 0 && !holds(tail, head) && { ltail: nameOf(tail) }),
          ...(head.within.length > 0 && !holds(head, tail) && { lhead: nameOf(head) }),
        },
      })),
  })
  const ends = lines.map((line) => {
    const tail = found(all, line.from)
    const head = found(all, line.to)
    const around = all.findLast(
      (box) => box.within.length > 0 && holds(box, tail) && holds(box, head),
    )
    return { line, tail, head, around }
  })
  return {
    directed: true,
    graphAttributes: { compound: true, nodesep: 0.25, ranksep: 0.45 },
    nodeAttributes: { shape: 'box', fixedsize: true, label: '' },
    edgeAttributes: { arrowsize: 0.8 },
    ...contentOf(boxes, undefined),
  }
}

const CLUSTER = 'cluster '

const MARGIN = 20

// Parents before their children.
const flat = (box: PlannedBox): ReadonlyArray<PlannedBox> => [box, ...box.within.flatMap(flat)]

const found = (all: ReadonlyArray<PlannedBox>, id: string): PlannedBox => {
  const box = all.find((one) => one.id === id)
  if (box === undefined) throw new Error(`there is no box "${id}"`)
  return box
}

// Only boxes with nothing in them have lines of their own: others are stood in for by their first, and the line is cut.
const innermost = (box: PlannedBox): PlannedBox =>
  box.within[0] === undefined ? box : innermost(box.within[0])

const holds = (box: PlannedBox, other: PlannedBox): boolean =>
  box === other || box.within.some((inner) => holds(inner, other))

// A table is as large as it says, whatever the letters measure where the drawing is looked at.
const room = ({
  width,
  height,
}: {
  readonly width: number
  readonly height: number
}): Attributes[string] => ({
  html: `<table border="0" fixedsize="true" width="${Math.ceil(width)}" height="${Math.ceil(height)}"><tr><td></td></tr></table>`,
})

/** What is read of Graphviz's JSON. @see https://graphviz.org/docs/outputs/json/ */
const Output = t.intersection([
  t.type({ bb: t.string }),
  t.partial({
    objects: t.readonlyArray(
      t.intersection([
        t.type({ name: t.string }),
        t.partial({ bb: t.string, pos: t.string, width: t.string, height: t.string }),
      ]),
    ),
    edges: t.readonlyArray(
      t.intersection([t.type({ id: t.string, pos: t.string }), t.partial({ lp: t.string })]),
    ),
  }),
])
type Output = t.TypeOf<typeof Output>

const layoutOf = ({ bb, objects = [], edges = [] }: Output, { lines }: Plan): Layout => {
  const { width, height } = frameOf(bb)
  return {
    width,
    height,
    areas: new Map(
      objects.map(({ name, bb: frame, pos = '', ...size }) =>
        frame === undefined
          ? [name, areaOf(pos, size)]
          : [name.slice(CLUSTER.length), frameOf(frame)],
      ),
    ),
    curves: lines.map((_, index) => {
      const { pos = '', lp } = edges.find(({ id }) => id === String(index)) ?? {}
      const spots = pos.split(' ')
      const points = spots.filter((spot) => !spot.startsWith('e,')).map(pointOf)
      const end = points.at(-1) ?? pointOf('')
      const tip = spots.find((spot) => spot.startsWith('e,'))
      return {
        points,
        tip: tip === undefined ? end : pointOf(tip.slice('e,'.length)),
        label: lp === undefined ? end : pointOf(lp),
      }
    }),
  }
}

const areaOf = (pos: string, size: { readonly width?: string; readonly height?: string }): Area => {
  const { x, y } = pointOf(pos)
  const width = Number(size.width) * POINTS
  const height = Number(size.height) * POINTS
  return { x: x - width / 2, y: y - height / 2, width, height }
}

// From one corner to the opposite one, the lower one first.
const frameOf = (bb: string): Area => {
  const [left = 0, bottom = 0, right = 0, top = 0] = bb.split(',').map(Number)
  return { x: left, y: top, width: right - left, height: bottom - top }
}

const pointOf = (text: string): Point => {
  const [x = 0, y = 0] = text.split(',').map(Number)
  return { x, y }
}
