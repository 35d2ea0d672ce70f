import { existsSync, readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { DEFAULT_FILE, readConfiguration } from '../config.ts'
import type { Configuration, Overrides } from '../config.ts'
import { demoConfiguration } from '../demo.ts'
import { misconfigured } from '../failure.ts'
import type { Failure } from '../failure.ts'
import { PLUGINS } from '../plugins.ts'

/** A configuration, and where it is from. */
export interface Configured {
  readonly configuration: Configuration
  /** Names it in a failure. */
  readonly source: string
  readonly demo: boolean
}

/** Reads the configuration that a command is given, by its option, the environment or the usual file; without any, the demo's. */
export const configure = ({
  config,
  ...options
}: { readonly config?: string } & Overrides['options']): E.Either<Failure, Configured> => {
  const overrides: Overrides = { environment: process.env, options }
  const named = config ?? emptyIsNone(process.env['SIGNALBOX_CONFIG'])
  const source = named ?? DEFAULT_FILE
  const demo = named === undefined && !existsSync(source)
  const configuration = demo ? demoConfiguration(overrides) : readFile(source, overrides)
  return E.map((read: Configuration) => ({ configuration: read, source, demo }))(configuration)
}

// -- internals

const readFile = (source: string, overrides: Overrides): E.Either<Failure, Configuration> => {
  try {
    return readConfiguration(source, readFileSync(source, 'utf8'), overrides, PLUGINS)
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
    const problem = code === 'ENOENT' ? 'no such file' : `cannot read it: ${String(code ?? thrown)}`
    return E.left(misconfigured(source, '', problem))
  }
}

const emptyIsNone = (text: string | undefined): string | undefined =>
  text === '' ? undefined : text
