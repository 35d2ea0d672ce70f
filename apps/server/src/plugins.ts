import type { AnyPlugin } from '@signalbox/host'
import { gcore } from '@signalbox/plugins/gcore'
import { poppy } from '@signalbox/plugins/poppy'
import { createZosconnect } from '@signalbox/plugins/zosconnect/plugin'
import { files } from './files.ts'

// Loaded with the first archive: most servers never see one, and no start waits for what reads it.
const zosconnect = createZosconnect({
  files,
  parsers: async () => (await import('@signalbox/plugins/zosconnect/parsers')).parsers,
})

/** Every provider that this server knows: a new one gets its line here. */
export const PLUGINS: ReadonlyArray<AnyPlugin> = [poppy, gcore, zosconnect]
