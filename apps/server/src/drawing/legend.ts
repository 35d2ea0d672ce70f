import type { Graph, GraphNode } from '@signalbox/core'
import { labelOf, plainLabel, sizeOf, writeLabels } from './label.ts'
import type { Label } from './label.ts'
import type { Point } from './layout.ts'
import { dot, frame, sample } from './shapes.ts'
import { LINE } from './style.ts'

/** What stands below a drawing: how to read it, and what no line of it says. */
export interface Legend {
  readonly width: number
  readonly height: number
  readonly content: ReadonlyArray<string>
}

/** Writes the legend of a lifecycle, from its corner at the top left. */
export const legendOf = (graph: Graph, { x, y }: Point): Legend => {
  const says = signsFor(graph).map((sign) => plainLabel(sign.says))
  const signs = sizeOf(says)
  const notes = notesOf(graph)
  const beside = sizeOf(notes)
  const aside = SIGN + signs.width + GAP
  return {
    width: notes.length === 0 ? SIGN + signs.width : aside + beside.width,
    height: Math.max(signs.height, beside.height),
    content: [
      ...signsFor(graph).flatMap(({ draw }, index) => draw({ x, y: y + index * LINE })),
      ...writeLabels(says, { x: x + SIGN, y }),
      ...writeLabels(notes, { x: x + aside, y }),
    ],
  }
}

// -- internals

const SIGN = 30

const GAP = 48

interface Sign {
  readonly says: string
  /** From the corner of a line of text at its top left. */
  readonly draw: (at: Point) => string
}

const signsFor = ({ root }: Graph): ReadonlyArray<Sign> => [
  line('command', 'a command'),
  line('report', 'a report'),
  line('deadline', 'a deadline'),
  line('several', 'several of these'),
  { says: 'begins', draw: ({ x, y }) => dot({ x: x + 4, y: y + 3, width: 10, height: 10 }) },
  ...(some(root, ({ kind }) => kind === 'final') ? [box('ends', { final: true })] : []),
  ...(some(root, ({ kind }) => kind === 'parallel')
    ? [box('goes on beside the others', { region: true })]
    : []),
  text('[ ]', 'what must hold'),
  text(' /', 'what is to be done then'),
  text('in', 'a box: what leaves the state as it is'),
]

const line = (kind: Parameters<typeof sample>[0], says: string): Sign => ({
  says,
  draw: ({ x, y }) => sample(kind, { x, y: y + LINE / 2 }),
})

const box = (
  says: string,
  { final = false, region = false }: { readonly final?: boolean; readonly region?: boolean },
): Sign => ({
  says,
  draw: ({ x, y }) => frame({ x, y: y + 2, width: 18, height: 12 }, { final, region }),
})

const text = (sign: string, says: string): Sign => ({
  says,
  draw: (at) => writeLabels([plainLabel(sign)], at).join(''),
})

const some = (node: GraphNode, is: (node: GraphNode) => boolean): boolean =>
  is(node) || node.nodes.some((inner) => some(inner, is))

const notesOf = ({ root, statuses }: Graph): ReadonlyArray<Label> => [
  ...(root.arrows.length === 0
    ? []
    : [
        plainLabel('in every state:'),
        ...root.arrows.map((arrow) => {
          const targets = arrow.targets.map((path) => path.join('.')).join(', ')
          return labelOf({ ...arrow, label: [...arrow.label, `→ ${targets || 'the same'}`] })
        }),
      ]),
  ...(statuses.every((status) => some(root, ({ path }) => path.at(-1) === status))
    ? []
    : [plainLabel(`statuses: ${statuses.join(', ')}`)]),
]
