import { mkdir, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'
import { startHost } from './host.ts'

const GENERATED = new URL('generated/', import.meta.url)

const host = await startHost()
try {
  const types = astToString(await openapiTS(new URL(`${host.url}/_signalbox/openapi/gcore.json`)))
  await mkdir(GENERATED, { recursive: true })
  await writeFile(new URL('gcore.ts', GENERATED), types)
} finally {
  await host.stop()
}
