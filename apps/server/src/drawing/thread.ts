import { parentPort, workerData } from 'node:worker_threads'
import type { Graph } from '@signalbox/core'
import { picture } from './picture.ts'

// What `draw` starts: draws the lifecycle that it is given, and says nothing else.
parentPort?.postMessage(await picture(workerData as Graph))
