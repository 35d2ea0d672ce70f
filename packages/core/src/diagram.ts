import { graphOf, startsWith } from './graph.ts'
import type { Arrow, Graph, GraphNode } from './graph.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { StateValue } from './state.ts'

/**
 * Draws a lifecycle as a Mermaid state diagram: every state, and every edge with its event, its guards in brackets and
 * its effects after a slash; deadlines read `after name`. The current value, if given, is marked.
 *
 * @see https://mermaid.js.org/syntax/stateDiagram.html
 */
export const diagram = (
  lifecycle: Lifecycle,
  { current }: { readonly current?: StateValue } = {},
): string => {
  const graph = graphOf(lifecycle)
  const marks =
    current === undefined
      ? []
      : [
          '  classDef current fill:#ffd54f,stroke:#5d4037,stroke-width:2px',
          ...leaves(current, []).map((path) => `  class ${idOf(path)} current`),
        ]
  return [`stateDiagram-v2`, ...within(graph, graph.root, 1), ...marks, ''].join('\n')
}

// -- internals

const ROOT = 'machine'

const within = (graph: Graph, parent: GraphNode, depth: number): ReadonlyArray<string> => {
  const pad = '  '.repeat(depth)
  const arrows = arrowsIn(graph, parent).map((line) => `${pad}${line}`)
  if (parent.kind === 'parallel') {
    // Regions are drawn inside a state, so the root's get one of their own, named after the machine.
    const outer = parent === graph.root
    const regions = parent.nodes.flatMap((child, index) => [
      ...(index > 0 ? [`${pad}${outer ? '  ' : ''}--`] : []),
      ...block(graph, child, outer ? depth + 1 : depth),
    ])
    if (!outer) return regions
    return [`${pad}state "${graph.name}" as ${ROOT} {`, ...regions, `${pad}}`, ...arrows]
  }
  return [
    ...(parent.initial === undefined ? [] : [`${pad}[*] --> ${idOf(parent.initial)}`]),
    ...parent.nodes.flatMap((child) => block(graph, child, depth)),
    ...parent.nodes
      .filter(({ kind }) => kind === 'final')
      .map(({ path }) => `${pad}${idOf(path)} --> [*]`),
    ...arrows,
  ]
}

const block = (graph: Graph, node: GraphNode, depth: number): ReadonlyArray<string> => {
  const pad = '  '.repeat(depth)
  const name = `state "${node.path.at(-1) ?? ''}" as ${idOf(node.path)}`
  return node.kind === 'compound' || node.kind === 'parallel'
    ? [`${pad}${name} {`, ...within(graph, node, depth + 1), `${pad}}`]
    : [`${pad}${name}`]
}

// An arrow is drawn in the block of its source's parent; the root's own leave every state alike and become a note.
const arrowsIn = ({ root }: Graph, parent: GraphNode): ReadonlyArray<string> => {
  const own = parent === root ? root.arrows : []
  const [first] = root.nodes
  return [
    ...parent.nodes.flatMap(({ path, arrows }) =>
      arrows.flatMap((arrow) =>
        targetsIn(arrow, path, parent).map(
          (target) => `${idOf(path)} --> ${idOf(target)}: ${arrow.label.join(' ')}`,
        ),
      ),
    ),
    ...(own.length === 0 || first === undefined
      ? []
      : [
          `note right of ${root.kind === 'parallel' ? ROOT : idOf(first.path)}`,
          `  In every state:`,
          ...own.map(
            ({ label, targets }) =>
              `  ${label.join(' ')} → ${targets.map((path) => path.join('.')).join(', ') || 'the same'}`,
          ),
          `end note`,
        ]),
  ]
}

// An arrow cannot cross from one region into another: a transition that moves both is drawn in its own.
const targetsIn = (
  { targets }: Arrow,
  source: ReadonlyArray<string>,
  parent: GraphNode,
): ReadonlyArray<ReadonlyArray<string>> =>
  targets.length > 0
    ? targets.filter((target) => parent.path.length === 0 || startsWith(target, parent.path))
    : [source]

const leaves = (
  value: StateValue,
  path: ReadonlyArray<string>,
): ReadonlyArray<ReadonlyArray<string>> =>
  typeof value === 'string'
    ? [[...path, value]]
    : Object.entries(value).flatMap(([key, inner]) =>
        typeof inner === 'object' && Object.keys(inner).length === 0
          ? [[...path, key]]
          : leaves(inner, [...path, key]),
      )

const idOf = (path: ReadonlyArray<string>): string => path.join('__').replaceAll(/\W/g, '_')
