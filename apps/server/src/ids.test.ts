import { describe, expect, it } from 'vitest'
import { createIds } from './ids.ts'

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('createIds', () => {
  it('makes UUIDs of version 7 that begin with their time', () => {
    const id = createIds(() => 0x0123456789ab)()
    expect(id).toMatch(FORM)
    expect(id.startsWith('01234567-89ab-7000-')).toBe(true)
  })

  it('never repeats one and always ascends, however many a ms', () => {
    const newId = createIds(() => 1000)
    const ids = Array.from({ length: 10_000 }, newId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.toSorted()).toEqual(ids)
    expect(ids.every((id) => FORM.test(id))).toBe(true)
  })

  it('ascends when the clock is set back', () => {
    const times = [5000, 4000, 1, 5001]
    const newId = createIds(() => times.shift() ?? 0)
    const ids = [newId(), newId(), newId(), newId()]
    expect(ids.toSorted()).toEqual(ids)
  })

  it('differs from what another process makes at the same time', () => {
    expect(createIds(() => 1)()).not.toBe(createIds(() => 1)())
  })
})
