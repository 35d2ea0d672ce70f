import type { Lifecycle } from '@signalbox/core'

/** Draws a lifecycle as SVG. An app gives it: what lays out a drawing is nothing that a host has to bring. */
export type Draw = (lifecycle: Lifecycle) => Promise<string>
