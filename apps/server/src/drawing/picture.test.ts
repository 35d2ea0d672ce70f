import { graphOf } from '@signalbox/core'
import type { Graph, GraphNode, Lifecycle } from '@signalbox/core'
import { gcoreService } from '@signalbox/core/gcore'
import { poppyCertificate, poppyService } from '@signalbox/core/poppy'
import { zosApi, zosApiRequester, zosService } from '@signalbox/core/zosconnect'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, it } from 'vitest'
import { draw } from '../draw.ts'
import { layOut } from './layout.ts'
import type { Area, PlannedBox } from './layout.ts'
import { outlineOf, planOf } from './outline.ts'
import { picture } from './picture.ts'

const LIFECYCLES = [
  poppyService,
  poppyCertificate,
  gcoreService,
  zosService,
  zosApi,
  zosApiRequester,
]

describe.each(LIFECYCLES.map((lifecycle) => [lifecycle.name, lifecycle] as const))(
  'the picture of %s',
  (_, lifecycle) => {
    it('is XML that says every state, status, event, effect and deadline', async () => {
      const drawn = await picture(graphOf(lifecycle))
      expect(XMLValidator.validate(drawn)).toBe(true)
      const words = new Set(textsOf(drawn).flatMap((text) => text.split(/[\s,[\]]+/)))
      expect(namesOf(lifecycle).filter((name) => !words.has(name))).toEqual([])
    })

    it('is the same each time, in whichever thread', async () => {
      const drawn = await picture(graphOf(lifecycle))
      expect(await picture(graphOf(lifecycle))).toBe(drawn)
      expect(await draw(lifecycle)).toBe(drawn)
    })

    it('has no text or box over another, and nothing outside', async () => {
      const plan = planOf(outlineOf(graphOf(lifecycle)))
      const { width, height, areas, curves } = await layOut(plan)
      const taken = [
        ...plan.boxes.flatMap(leavesOf).map(({ id }) => [id, must(areas.get(id))] as const),
        ...plan.lines.flatMap(({ from, to, ...size }, index) =>
          size.width === 0
            ? []
            : [[`${from} to ${to}`, around(must(curves[index]).label, size)] as const],
        ),
      ]
      const all = { x: 0, y: 0, width, height }
      const outside = taken.filter(([, area]) => cut(area, all) < area.width * area.height - SLACK)
      const clashes = taken.flatMap(([one, area], index) =>
        taken
          .slice(index + 1)
          .filter(([, other]) => cut(area, other) > SLACK)
          .map(([other]) => [one, other]),
      )
      expect({ outside, clashes }).toEqual({ outside: [], clashes: [] })
    })
  },
)

it('tells commands, reports and deadlines by dashes, and the start and the ends by their shapes', async () => {
  const drawn = await picture(graphOf(poppyCertificate))
  const styles = new Set(
    drawn.match(/stroke="#\w+" stroke-width="1.4"( stroke-dasharray="[\d. ]+")?/g),
  )
  expect(styles.size).toBe(4)
  expect(drawn.match(/<circle /g)).toHaveLength(2)
  const frames = drawn.match(/<rect /g)?.length
  // Five states, one of which ends it, that of the legend, and the ground.
  expect(frames).toBe(5 + 1 + 2 + 1)
})

it('is read to who does not see it, on a ground of its own', async () => {
  const drawn = await picture(graphOf(zosService))
  expect(drawn).toMatch(
    /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]* role="img" aria-labelledby="title desc"/,
  )
  expect(drawn).toContain('<title id="title">The lifecycle zosconnect/service, version 1</title>')
  expect(drawn).toMatch(
    /<desc id="desc">service\.deploy makes it\. Its states are deploying, [^<]* It ends in undeployed\.<\/desc>/,
  )
  expect(drawn).toMatch(/<\/desc>\n<rect [^>]* fill="#ffffff"\/>/)
})

it('shows whatever names there are, in states within states, and arrows in and out of those', async () => {
  const odd = '<a&b> "c" \u0007 d.e é\ud800'
  const leaf = (path: ReadonlyArray<string>, more: Partial<GraphNode> = {}): GraphNode => ({
    path,
    kind: 'atomic',
    initial: undefined,
    entry: [],
    nodes: [],
    arrows: [],
    ...more,
  })
  const to = (label: string, ...targets: ReadonlyArray<ReadonlyArray<string>>) =>
    ({ kind: 'report', label: [label], words: odd, targets }) as const
  const graph: Graph = {
    name: odd,
    version: 7,
    statuses: ['elsewhere'],
    creation: { kind: 'command', label: ['make'], words: 'Make', targets: [] },
    root: leaf([], {
      kind: 'compound',
      initial: [odd],
      arrows: [to('always', ['outer', 'inner'])],
      nodes: [
        leaf([odd], { arrows: [to('enter', ['outer']), to('deep', ['outer', 'inner', 'most'])] }),
        leaf(['outer'], {
          kind: 'compound',
          initial: ['outer', 'inner'],
          arrows: [to('leave', [odd]), to('again', ['outer']), to('down', ['outer', 'last'])],
          nodes: [
            leaf(['outer', 'inner'], {
              kind: 'parallel',
              arrows: [to('up', ['outer']), to('side', ['outer', 'last'])],
              nodes: [leaf(['outer', 'inner', 'most']), leaf(['outer', 'inner', 'other'])],
            }),
            leaf(['outer', 'last'], { kind: 'final', entry: ['ring'] }),
          ],
        }),
      ],
    }),
  }
  const drawn = await picture(graph)
  expect(XMLValidator.validate(drawn)).toBe(true)
  const texts = textsOf(drawn)
  const said = ['enter', 'deep', 'leave', 'again', 'down', 'up', 'side', 'make', 'always', 'most']
  expect(texts).toEqual(
    expect.arrayContaining([
      '<a&b> "c" \ufffd d.e é\ufffd',
      'entry / ring',
      'statuses: elsewhere',
      'always → outer.inner',
      ...said.filter((label) => label !== 'always'),
    ]),
  )
})

// -- internals

// In square pixels: places are told in hundredths.
const SLACK = 20

const namesOf = ({ machine, ...lifecycle }: Lifecycle): ReadonlyArray<string> => [
  ...machine.nodes.flatMap(({ path }) => path.slice(-1)),
  ...lifecycle.statuses,
  ...Object.keys(lifecycle.commands),
  ...machine.edges.map(({ event }) => event),
  ...machine.guards,
  ...Object.keys(lifecycle.effects).filter((name) =>
    machine.actions.some((action) => action.name === name),
  ),
]

const parser = new XMLParser({ preserveOrder: true, trimValues: false })

const textsOf = (svg: string): ReadonlyArray<string> => {
  const collect = (nodes: ReadonlyArray<Parsed>): ReadonlyArray<string> =>
    nodes.flatMap(({ text, ...others }) => [
      ...(text ?? []).map((inner) => String(inner['#text'])),
      ...Object.values(others).flatMap((inner) => (Array.isArray(inner) ? collect(inner) : [])),
    ])
  return collect(parser.parse(svg) as ReadonlyArray<Parsed>)
}

interface Parsed {
  readonly text?: ReadonlyArray<{ readonly '#text'?: unknown }>
}

const leavesOf = (box: PlannedBox): ReadonlyArray<PlannedBox> =>
  box.within.length === 0 ? [box] : box.within.flatMap(leavesOf)

const around = (
  { x, y }: { readonly x: number; readonly y: number },
  { width, height }: { readonly width: number; readonly height: number },
): Area => ({ x: x - width / 2, y: y - height / 2, width, height })

// How much of the ground two areas share.
const cut = (a: Area, b: Area): number =>
  Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) *
  Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y))

const must = <A>(value: A | undefined): A => {
  if (value === undefined) throw new Error('it is not laid out')
  return value
}
