import { describe, expect, it } from 'vitest'
import { isAlike } from './binding.ts'
import { pruned, readShown, withoutElisions } from './elision.ts'

const REAL = {
  id: 'a',
  parts: [
    { at: 1, by: 'x' },
    { at: 2, by: 'y' },
    { at: 3, by: 'z' },
  ],
  none: null,
}

// As a page is held to a reply: both sides without what the page has left out.
const held = (shown: string, real: unknown = REAL): void => {
  const read = readShown(shown)
  expect(pruned(read, real, isAlike)).toEqual(withoutElisions(read))
}

describe('what a page leaves out', () => {
  it.each([
    '{ … }',
    '{ "id": "a", … }',
    '{ …, "none": null, … }',
    '{ "id": "a", "parts": [{ "at": 1, … }, …], "none": null }',
    '{ "id": "a", "parts": […, { "at": 2, "by": "y" }, …], … }',
    '{ "parts": [{ "at": 1, … }, …, { "at": 3, … }], … }',
    '{ "parts": [{ "at": 1, … }, { "at": 2, … }, { "at": 3, … }], … }',
  ])('need not be there: %s', (shown) => held(shown))

  it.each([
    '{ "id": "a" }',
    '{ "id": "b", … }',
    '{ "id": "a", "more": 1, … }',
    '{ "parts": [{ "at": 1, … }], … }',
    '{ "parts": [{ "at": 1 }, …], … }',
    '{ "parts": [{ "at": 3, … }, …, { "at": 1, … }], … }',
    '{ "parts": [{ "at": 4, … }, …], … }',
    '{ "none": { … }, … }',
    '[…]',
  ])('is nothing else than what it says it is: %s', (shown) => {
    expect(() => held(shown)).toThrow()
  })

  it('is no part of what is text', () => {
    held('{ "token": "sbt_…" }', { token: 'sbt_…' })
    expect(() => held('{ "token": "sbt_…" }', { token: 'sbt_1' })).toThrow()
  })
})
