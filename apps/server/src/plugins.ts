import type { AnyPlugin } from '@signalbox/host'
import { gcore } from '@signalbox/plugins/gcore'
import { poppy } from '@signalbox/plugins/poppy'
import { createZosconnect } from '@signalbox/plugins/zosconnect'
import { files } from './files.ts'

/** Every provider that this server knows: a new one gets its line here. */
export const PLUGINS: ReadonlyArray<AnyPlugin> = [
  poppy,
  gcore,
  createZosconnect({ files }),
]
