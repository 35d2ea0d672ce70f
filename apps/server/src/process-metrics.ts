import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Family } from '@signalbox/host'

/** Measures this process. */
export interface ProcessMetrics {
  /** What it comes to now; delays and utilization are those since the last time it was asked. */
  readonly families: () => ReadonlyArray<Family>
  readonly close: () => void
}

/** Begins to measure the process: a timer asks 50 times a second how late it is. */
export const openProcessMetrics = (): ProcessMetrics => {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  let used = performance.eventLoopUtilization()
  // The timer's own interval is no delay.
  const late = (ns: number): number =>
    Number.isFinite(ns) ? Math.max(0, ns / 1e9 - RESOLUTION_MS / 1_000) : 0
  return {
    families: () => {
      const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
      const { user, system } = process.cpuUsage()
      const before = used
      used = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(used, before)
      const lags = [
        { labels: { of: 'mean' }, value: late(delay.mean) },
        { labels: { of: 'p99' }, value: late(delay.percentile(99)) },
        { labels: { of: 'max' }, value: late(delay.max) },
      ]
      delay.reset()
      return [
        one('counter', 'process_cpu_seconds_total', 'CPU time used.', (user + system) / 1e6),
        one('gauge', 'process_start_time_seconds', 'Start, since the epoch.', STARTED_AT),
        one('gauge', 'process_resident_memory_bytes', 'Resident memory.', rss),
        one('gauge', 'nodejs_heap_size_total_bytes', 'Heap that is allocated.', heapTotal),
        one('gauge', 'nodejs_heap_size_used_bytes', 'Heap that is used.', heapUsed),
        one('gauge', 'nodejs_external_memory_bytes', 'Memory beside the heap.', external),
        one('gauge', 'nodejs_eventloop_utilization', 'Share of time it was busy.', utilization),
        {
          type: 'gauge',
          name: 'nodejs_eventloop_lag_seconds',
          help: 'How late the event loop was.',
          samples: lags,
        },
      ]
    },
    close: () => delay.disable(),
  }
}

// -- internals

const RESOLUTION_MS = 20

const STARTED_AT = performance.timeOrigin / 1_000

const one = (type: 'counter' | 'gauge', name: string, help: string, value: number): Family => ({
  type,
  name,
  help,
  samples: [{ labels: {}, value }],
})
