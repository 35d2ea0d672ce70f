import { expect, it } from 'vitest'
import { lamp } from './__fixtures__/lamp.ts'
import { graphOf } from './graph.ts'

it('has every state where it lies, with what happens on entering it', () => {
  const { root } = graphOf(lamp)
  expect(root.initial).toEqual(['off'])
  expect(root.nodes.map(({ path, kind }) => [path, kind])).toEqual([
    [['off'], 'atomic'],
    [['on'], 'compound'],
    [['cooling'], 'atomic'],
    [['smashed'], 'final'],
  ])
  const on = root.nodes[1]
  expect(on).toMatchObject({ initial: ['on', 'warm'], entry: ['light'] })
  expect(on?.nodes.map(({ path }) => path)).toEqual([['on', 'warm']])
})

it('tells what leads where, who sets it off, and what it demands and asks for', () => {
  const { root, creation } = graphOf(lamp)
  expect(creation).toMatchObject({ label: ['lamp.make'], words: 'Make a lamp' })
  const [off, on] = root.nodes
  expect(off?.arrows[0]).toEqual({
    kind: 'command',
    label: ['lamp.press', '[isOwner, not worn]'],
    words: 'Press the switch',
    targets: [['on']],
  })
  expect(off?.arrows.find(({ label }) => label[0] === 'lamp.move')?.targets).toEqual([])
  expect(on?.arrows.map(({ kind, label, words }) => [kind, label, words])).toEqual([
    ['command', ['lamp.press', '/ darken'], 'Press the switch'],
    ['report', ['lamp.lit'], 'The lamp is lit'],
    ['report', ['lamp.burst'], 'The lamp has burst'],
    ['deadline', ['after burns'], 'It has burned long enough'],
  ])
})
