import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from './system-clock.ts'

describe('systemClock', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('calls back once, when the time has come', () => {
    const callback = vi.fn()
    systemClock.after(1000, callback)
    vi.advanceTimersByTime(999)
    expect(callback).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10_000)
    expect(callback).toHaveBeenCalledOnce()
  })

  it('does not call back once it is cancelled', () => {
    const callback = vi.fn()
    systemClock.after(1000, callback)()
    vi.advanceTimersByTime(10_000)
    expect(callback).not.toHaveBeenCalled()
  })

  it('waits for longer than a timer can, and can be cancelled on the way', () => {
    const days = 86_400_000
    const callback = vi.fn()
    const never = vi.fn()
    systemClock.after(90 * days, callback)
    const cancel = systemClock.after(90 * days, never)
    vi.advanceTimersByTime(60 * days)
    cancel()
    vi.advanceTimersByTime(30 * days - 1)
    expect(callback).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1)
    expect(callback).toHaveBeenCalledOnce()
    expect(never).not.toHaveBeenCalled()
  })
})
