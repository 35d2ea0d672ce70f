import type { Graph, GraphNode } from '@signalbox/core'
import { sizeOf, writeLabels } from './label.ts'
import { layOut } from './layout.ts'
import type { Area, Curve } from './layout.ts'
import { legendOf } from './legend.ts'
import { HEAD, outlineOf, PADDING, planOf } from './outline.ts'
import type { Box, Link, State } from './outline.ts'
import { dot, frame, stroke } from './shapes.ts'
import { FONT, FRAME, GROUND, INK, TEXT } from './style.ts'
import { element, tenths } from './svg.ts'

/** Draws a lifecycle as SVG; the same one always comes to the same bytes. */
export const picture = async (graph: Graph): Promise<string> => {
  const outline = outlineOf(graph)
  const { width, height, areas, curves } = await layOut(planOf(outline))
  const legend = legendOf(graph, { x: 0, y: height + GAP })
  const size = {
    width: Math.max(width, legend.width) + 2 * MARGIN,
    height: TITLE + height + GAP + legend.height + 2 * MARGIN,
  }
  const corner = { x: -MARGIN, y: -MARGIN - TITLE }
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    ...size,
    viewBox: [corner.x, corner.y, size.width, size.height].map(tenths).join(' '),
    role: 'img',
    'aria-labelledby': 'title desc',
    ...FONT,
    fill: TEXT,
  }
  const name = { y: 14 - TITLE, 'font-size': 16, 'font-weight': 'bold' }
  const parts = [
    element('title', { id: 'title' }, `The lifecycle ${graph.name}, version ${graph.version}`),
    element('desc', { id: 'desc' }, descriptionOf(graph)),
    // A ground of its own, since it may be shown on a dark one.
    element('rect', { ...corner, ...size, fill: GROUND }),
    element('text', name, graph.name),
    ...outline.boxes.flatMap((box) => drawBox(box, areas)),
    ...outline.links.flatMap((link, index) => drawLine(link, curves[index])),
    // Above the lines, so that none passes through a text.
    ...outline.links.flatMap((link, index) => drawLabels(link, curves[index])),
    ...legend.content,
  ]
  // One part a line, so that a change of the lifecycle reads as one of the picture.
  return `${element('svg', attributes, [...parts.map((part) => `\n${part}`), '\n'])}\n`
}

// -- internals

const MARGIN = 20

const TITLE = 32

const GAP = 32

const drawBox = (box: Box, areas: ReadonlyMap<string, Area>): ReadonlyArray<string> => {
  const area = areas.get(box.id)
  if (area === undefined) return []
  if (box.kind === 'start') return [dot(area)]
  return [
    element('g', {}, [frame(area, box), ...textsOf(box, area)]),
    ...box.within.flatMap((inner) => drawBox(inner, areas)),
  ]
}

const textsOf = ({ name, labels }: State, { x, y, width }: Area): ReadonlyArray<string> => [
  element(
    'text',
    {
      x: x + width / 2,
      y: y + 19,
      'text-anchor': 'middle',
      'font-size': 13,
      'font-weight': 'bold',
    },
    name,
  ),
  ...(labels.length === 0
    ? []
    : [
        element('path', {
          d: `M${tenths(x)} ${tenths(y + HEAD)}h${tenths(width)}`,
          stroke: FRAME,
          'stroke-width': 0.5,
        }),
      ]),
  ...writeLabels(labels, { x: x + PADDING, y: y + HEAD + PADDING / 2 }),
]

const drawLine = ({ kind }: Link, curve: Curve | undefined): ReadonlyArray<string> => {
  const [first, ...others] = curve?.points ?? []
  const end = curve?.points.at(-1)
  if (curve === undefined || first === undefined || end === undefined) return []
  const { tip } = curve
  // As wide as it is long, less a little.
  const [aside, along] = [(end.y - tip.y) * SPREAD, (tip.x - end.x) * SPREAD]
  const head = [tip, { x: end.x + aside, y: end.y + along }, { x: end.x - aside, y: end.y - along }]
  return [
    stroke(kind, `M${spots([first])}C${spots(others)}`),
    element('path', { d: `M${spots(head)}Z`, fill: INK[kind] }),
  ]
}

const SPREAD = 0.4

const drawLabels = ({ labels }: Link, curve: Curve | undefined): ReadonlyArray<string> => {
  if (curve === undefined) return []
  const { width, height } = sizeOf(labels)
  const { x, y } = curve.label
  return writeLabels(labels, { x: x - width / 2, y: y - height / 2 })
}

const spots = (points: ReadonlyArray<{ readonly x: number; readonly y: number }>): string =>
  points.map(({ x, y }) => `${tenths(x)} ${tenths(y)}`).join(' ')

// What somebody is told who does not see it.
const descriptionOf = ({ root, creation }: Graph): string => {
  const states = leavesOf(root)
  const ends = states.filter(({ kind }) => kind === 'final')
  return [
    `${creation.label.join(' ')} makes it.`,
    `Its states are ${states.map(nameOf).join(', ')}.`,
    ...(ends.length === 0 ? [] : [`It ends in ${ends.map(nameOf).join(', ')}.`]),
  ].join(' ')
}

const leavesOf = (node: GraphNode): ReadonlyArray<GraphNode> =>
  node.nodes.length === 0 ? [node] : node.nodes.flatMap(leavesOf)

const nameOf = ({ path }: GraphNode): string => path.join('.')
