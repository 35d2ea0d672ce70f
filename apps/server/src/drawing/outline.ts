import type { Arrow, Graph, GraphNode } from '@signalbox/core'
import { labelOf, plainLabel, sizeOf } from './label.ts'
import type { Label } from './label.ts'
import type { Plan, PlannedBox } from './layout.ts'
import { LETTER } from './style.ts'

/** A lifecycle as boxes and the lines between them. */
export interface Outline {
  readonly boxes: ReadonlyArray<Box>
  readonly links: ReadonlyArray<Link>
}

/** A state, or the dot from which a service enters those of a state. */
export type Box = State | Start

/** A state with what happens on entering it and what leaves it as it is, and with the states within it. */
export interface State {
  readonly kind: 'state'
  readonly id: string
  readonly name: string
  readonly final: boolean
  /** It goes on beside others. */
  readonly region: boolean
  readonly labels: ReadonlyArray<Label>
  readonly within: ReadonlyArray<Box>
}

interface Start {
  readonly kind: 'start'
  readonly id: string
}

/** All that leads from one box to another. */
export interface Link {
  readonly from: string
  readonly to: string
  readonly kind: Arrow['kind'] | 'several' | 'initial'
  readonly labels: ReadonlyArray<Label>
}

/** Makes boxes of the states of a lifecycle, and one line of all that leads from one to another. */
export const outlineOf = (graph: Graph): Outline => ({
  boxes: boxesIn(graph.root),
  links: linksIn(graph),
})

/** The room that all of it takes. */
export const planOf = ({ boxes, links }: Outline): Plan => ({
  boxes: boxes.map(plannedBox),
  lines: links.map(({ from, to, labels }) => {
    const { width, height } = sizeOf(labels)
    return labels.length === 0
      ? { from, to, width, height }
      : { from, to, width: width + 2 * ASIDE, height: height + ASIDE }
  }),
})

/** The height of a state's name, and the room around what stands below it, in pixels. */
export const HEAD = 28
export const PADDING = 10

// -- internals

// Beside what stands at a line.
const ASIDE = 6

const boxesIn = (node: GraphNode): ReadonlyArray<Box> => [
  ...(node.initial === undefined ? [] : [{ kind: 'start', id: startOf(node) } as const]),
  ...node.nodes.map((inner): State => ({
    kind: 'state',
    id: idOf(inner.path),
    name: inner.path.at(-1) ?? '',
    final: inner.kind === 'final',
    region: node.kind === 'parallel',
    labels: [
      ...inner.entry.map((effect) => plainLabel(`entry / ${effect}`)),
      ...inner.arrows.filter((arrow) => stays(inner, arrow)).map(labelOf),
    ],
    within: boxesIn(inner),
  })),
]

const linksIn = ({ root, creation }: Graph): ReadonlyArray<Link> => {
  const links = new Map<string, Link>()
  const add = (from: string, to: string, arrows: ReadonlyArray<Omit<Arrow, 'targets'>>): void => {
    const key = JSON.stringify([from, to])
    const known = links.get(key)
    const [kind = 'initial', ...others] = new Set([
      ...(known === undefined ? [] : [known.kind]),
      ...arrows.map((arrow) => arrow.kind),
    ])
    links.set(key, {
      from,
      to,
      kind: others.length === 0 ? kind : 'several',
      labels: [...(known?.labels ?? []), ...arrows.map(labelOf)],
    })
  }
  // A service that is made enters each region of the machine at once.
  const follow = (node: GraphNode, made: boolean): void => {
    if (node.initial !== undefined) add(startOf(node), idOf(node.initial), made ? [creation] : [])
    if (node !== root)
      for (const arrow of node.arrows.filter((one) => !stays(node, one)))
        for (const target of arrow.targets) add(idOf(node.path), idOf(target), [arrow])
    for (const inner of node.nodes) follow(inner, made && node.kind === 'parallel')
  }
  follow(root, true)
  return [...links.values()]
}

const stays = ({ path }: GraphNode, { targets }: Arrow): boolean =>
  targets.every((target) => idOf(target) === idOf(path))

const idOf = (path: ReadonlyArray<string>): string => JSON.stringify(path)

const startOf = ({ path }: GraphNode): string => `start ${idOf(path)}`

const plannedBox = (box: Box): PlannedBox => {
  if (box.kind === 'start') return { id: box.id, width: DOT, height: DOT, within: [] }
  const { width, height } = sizeOf(box.labels)
  return {
    id: box.id,
    // A name is bold, and a little wider.
    width: Math.max(box.name.length * LETTER * 1.1, width) + 2 * PADDING,
    height: HEAD + (box.labels.length === 0 ? 0 : height + PADDING),
    within: box.within.map(plannedBox),
  }
}

const DOT = 14
