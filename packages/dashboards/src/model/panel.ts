import type { Text } from './text.ts'

/** What a query has to show while a flow is at work:
 *
 * - `data`: at least one finite sample
 * - `data-after-faults`: the same once rows were retried, refused or lost
 * - `empty-when-healthy`: nothing, unless something is wrong
 * - `later`: nothing yet, the service that fills it does not exist */
export type Expectation = 'data' | 'data-after-faults' | 'empty-when-healthy' | 'later'

/** Units of Grafana that are used here. A list of our own, so that the preview can draw each of them. */
export type Unit =
  | 'none'
  | 'short'
  | 's'
  | 'ms'
  | 'bytes'
  | 'mbytes'
  | 'percent'
  | 'percentunit'
  | 'ops'
  | 'cps'
  | 'rowsps'
  | 'reqps'

/** One query of a panel. */
export interface Query {
  readonly expr: string
  /** Name of each series, with its labels: `{{table}}`. */
  readonly legend: Text | string
  /** @defaultValue 'data' */
  readonly expect?: Expectation
  /** One value at the end of the time range instead of a line. @defaultValue false */
  readonly instant?: boolean
}

/** A colour from a value on. The first of a list has the value null: from minus infinity. */
export interface Threshold {
  readonly value: number | null
  readonly color: 'green' | 'yellow' | 'orange' | 'red' | 'blue' | 'transparent'
}

/** A unit of its own for the series whose names match. */
export interface UnitOverride {
  readonly pattern: string
  readonly unit: Unit
}

/** A link in the corner of a panel. */
export interface PanelLink {
  readonly title: Text
  readonly url: string
}

/** A panel as it is written down; `grafana/panel.ts` makes Grafana's JSON of it. */
export interface PanelSpec {
  readonly kind: 'timeseries' | 'stat' | 'gauge' | 'table' | 'heatmap'
  readonly title: Text
  /** What is shown, and what a bad value means. */
  readonly description: Text
  readonly unit: Unit
  readonly queries: readonly Query[]
  /** Columns of 24. @defaultValue 8 */
  readonly width?: number
  /** Rows of 30 pixels. @defaultValue 4 for a stat, else 8 */
  readonly height?: number
  readonly min?: number
  readonly max?: number
  readonly decimals?: number
  readonly thresholds?: readonly Threshold[]
  /** `percent`: each point adds up to 100 %. */
  readonly stack?: 'normal' | 'percent'
  /** A text instead of a number, such as "unlimited" for 0. */
  readonly valueTexts?: Readonly<Record<string, Text>>
  readonly overrides?: readonly UnitOverride[]
  /** The alert whose runbook says what to do about a bad value. */
  readonly runbook?: string
}

/** Panels under one heading. Without a title there is no heading. */
export interface RowSpec {
  readonly title?: Text
  /** @defaultValue false */
  readonly collapsed?: boolean
  readonly panels: readonly PanelSpec[]
}

type Kind<K> = Omit<PanelSpec, 'kind'> & { readonly kind?: K }

export const timeseries = (spec: Kind<'timeseries'>): PanelSpec => ({ ...spec, kind: 'timeseries' })
export const stat = (spec: Kind<'stat'>): PanelSpec => ({ width: 4, height: 4, ...spec, kind: 'stat' })
export const gauge = (spec: Kind<'gauge'>): PanelSpec => ({ ...spec, kind: 'gauge' })
export const table = (spec: Kind<'table'>): PanelSpec => ({ ...spec, kind: 'table' })
export const heatmap = (spec: Kind<'heatmap'>): PanelSpec => ({ ...spec, kind: 'heatmap' })

/** Green, then other colours from the given values on. */
export function thresholds(
  ...steps: readonly (readonly [number, Threshold['color']])[]
): readonly Threshold[] {
  return [{ value: null, color: 'green' }, ...steps.map(([value, color]) => ({ value, color }))]
}

/** Red, then other colours from the given values on: for what has to be high. */
export function floors(...steps: readonly (readonly [number, Threshold['color']])[]): readonly Threshold[] {
  return [{ value: null, color: 'red' }, ...steps.map(([value, color]) => ({ value, color }))]
}
