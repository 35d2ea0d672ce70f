import type { Lifecycle, ServiceRef } from '@signalbox/core'
import * as t from 'io-ts'
import type { Mounted } from '../plugin.ts'

/** A vendor's own route. In `path`, what a service's ref does not tell stands as `:name`. */
export const NativeRoute = t.strict(
  { name: t.string, method: t.string, path: t.string },
  'NativeRoute',
)
export type NativeRoute = t.TypeOf<typeof NativeRoute>

/** The routes by which a vendor's clients send a command. */
export const nativeRoutesOf = (
  mounted: Mounted,
  lifecycle: Lifecycle,
  command: string,
  ref?: ServiceRef,
): ReadonlyArray<NativeRoute> =>
  mounted.routes.flatMap((route) =>
    route.kind === 'command' && route.lifecycle === lifecycle && route.commands.includes(command)
      ? [shown(mounted, route, ref)]
      : [],
  )

/** The routes by which a vendor's clients read a service. */
export const nativeReadsOf = (
  mounted: Mounted,
  lifecycle: Lifecycle,
  ref: ServiceRef,
): ReadonlyArray<NativeRoute> =>
  mounted.routes.flatMap((route) =>
    route.kind === 'read' && route.lifecycle === lifecycle ? [shown(mounted, route, ref)] : [],
  )

// -- internals

const shown = (
  { pathOf }: Mounted,
  { name, method, path }: NativeRoute,
  ref: ServiceRef | undefined,
): NativeRoute => ({
  name,
  method,
  path: (ref && pathOf?.(path, ref)) ?? path.replaceAll(PATTERN, ':$1'),
})

// A parameter with the pattern that it must match.
const PATTERN = /:(\w+)\{(?:[^{}]|\{[^{}]*\})*\}/g
