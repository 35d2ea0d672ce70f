import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { graphOf } from '@signalbox/core'
import type { Lifecycle } from '@signalbox/core'
import type { Draw } from '@signalbox/host'

/**
 * Draws a lifecycle as SVG, once. A thread of its own does it, and is gone with all that it loaded when the drawing is
 * there: what it does at a stretch takes as long as hundreds of requests.
 */
export const draw: Draw = (lifecycle) => {
  const known = drawings.get(lifecycle)
  if (known !== undefined) return known
  const drawing = drawAside(lifecycle)
  drawings.set(lifecycle, drawing)
  drawing.catch(() => drawings.delete(lifecycle))
  return drawing
}

// -- internals

const drawings = new WeakMap<Lifecycle, Promise<string>>()

// Whatever is built has the ending of what is built.
const THREAD = import.meta.url.endsWith('.ts')
  ? new URL('./drawing/thread.ts', import.meta.url)
  : new URL('./drawing/thread.js', import.meta.url)

const drawAside = async (lifecycle: Lifecycle): Promise<string> => {
  const worker = new Worker(THREAD, { workerData: graphOf(lifecycle), execArgv: [] })
  try {
    const [drawn] = (await once(worker, 'message')) as [string]
    return drawn
  } finally {
    await worker.terminate()
  }
}
