import type { Edge, Node } from './chart.ts'
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
  const { nodes } = lifecycle.machine
  const root = nodes.find(({ path }) => path.length === 0)
  const body = root === undefined ? [] : within(lifecycle, nodes, root, 1)
  const marks =
    current === undefined
      ? []
      : [
          '  classDef current fill:#ffd54f,stroke:#5d4037,stroke-width:2px',
          ...leaves(current, []).map((path) => `  class ${idOf(path)} current`),
        ]
  return [`stateDiagram-v2`, ...body, ...marks, ''].join('\n')
}

// -- internals

const ROOT = 'machine'

const within = (
  lifecycle: Lifecycle,
  nodes: ReadonlyArray<Node>,
  parent: Node,
  depth: number,
): ReadonlyArray<string> => {
  const pad = '  '.repeat(depth)
  const children = nodes.filter(
    ({ path }) => path.length === parent.path.length + 1 && startsWith(path, parent.path),
  )
  if (parent.kind === 'parallel') {
    // Regions are drawn inside a state, so the root's get one of their own, named after the machine.
    const outer = parent.path.length === 0
    const regions = children.flatMap((child, index) => [
      ...(index > 0 ? [`${pad}${outer ? '  ' : ''}--`] : []),
      ...block(lifecycle, nodes, child, outer ? depth + 1 : depth),
    ])
    if (!outer) return regions
    return [
      `${pad}state "${lifecycle.machine.id}" as ${ROOT} {`,
      ...regions,
      `${pad}}`,
      ...edgesOf(lifecycle, parent).map((line) => `${pad}${line}`),
    ]
  }
  return [
    ...(parent.initial === undefined
      ? []
      : [`${pad}[*] --> ${idOf([...parent.path, parent.initial])}`]),
    ...children.flatMap((child) => block(lifecycle, nodes, child, depth)),
    ...children
      .filter(({ kind }) => kind === 'final')
      .map(({ path }) => `${pad}${idOf(path)} --> [*]`),
    ...edgesOf(lifecycle, parent).map((line) => `${pad}${line}`),
  ]
}

const block = (
  lifecycle: Lifecycle,
  nodes: ReadonlyArray<Node>,
  node: Node,
  depth: number,
): ReadonlyArray<string> => {
  const pad = '  '.repeat(depth)
  const name = `state "${node.path.at(-1) ?? ''}" as ${idOf(node.path)}`
  return node.kind === 'compound' || node.kind === 'parallel'
    ? [`${pad}${name} {`, ...within(lifecycle, nodes, node, depth + 1), `${pad}}`]
    : [`${pad}${name}`]
}

// An edge is drawn in the block of its source's parent; the root's own edges leave every state alike and become a note.
const edgesOf = (lifecycle: Lifecycle, parent: Node): ReadonlyArray<string> => {
  const { edges, nodes } = lifecycle.machine
  const inner = edges.filter(
    ({ source }) => source.length === parent.path.length + 1 && startsWith(source, parent.path),
  )
  const own = parent.path.length === 0 ? edges.filter(({ source }) => source.length === 0) : []
  const root = nodes.find(({ path }) => path.length === 0)
  const first = nodes.find(({ path }) => path.length === 1)
  return [
    ...inner.flatMap((edge) =>
      targetsIn(edge, parent).map(
        (target) => `${idOf(edge.source)} --> ${idOf(target)}: ${labelOf(lifecycle, edge)}`,
      ),
    ),
    ...(own.length === 0 || first === undefined
      ? []
      : [
          `note right of ${root?.kind === 'parallel' ? ROOT : idOf(first.path)}`,
          `  In every state:`,
          ...own.map(
            (edge) =>
              `  ${labelOf(lifecycle, edge)} → ${edge.targets.map((path) => path.join('.')).join(', ') || 'the same'}`,
          ),
          `end note`,
        ]),
  ]
}

// An arrow cannot cross from one region into another: a transition that moves both is drawn in its own.
const targetsIn = ({ source, targets }: Edge, parent: Node): ReadonlyArray<ReadonlyArray<string>> =>
  targets.length > 0
    ? targets.filter((target) => parent.path.length === 0 || startsWith(target, parent.path))
    : [source]

const labelOf = (lifecycle: Lifecycle, { trigger, event, guards, actions }: Edge): string => {
  const demands = guards.map(({ name, negated }) => (negated ? `not ${name}` : name)).join(', ')
  const effects = actions.filter((name) => Object.hasOwn(lifecycle.effects, name)).join(', ')
  return [
    trigger === 'deadline' ? `after ${event}` : event,
    demands === '' ? '' : ` [${demands}]`,
    effects === '' ? '' : ` / ${effects}`,
  ].join('')
}

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

const startsWith = (path: ReadonlyArray<string>, prefix: ReadonlyArray<string>): boolean =>
  prefix.every((part, index) => path[index] === part)
