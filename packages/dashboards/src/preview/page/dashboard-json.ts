/** What the preview reads of a dashboard, whoever wrote it: most fields may be missing or null. */
export interface DashboardInput {
  readonly title?: string
  readonly description?: string
  readonly templating?: { readonly list?: readonly VariableInput[] }
  readonly annotations?: { readonly list?: readonly AnnotationInput[] }
  readonly panels?: readonly PanelInput[]
}

export interface VariableInput {
  readonly name: string
  readonly type: string
  readonly label?: string | null
  readonly query?: string | { readonly query?: string }
  readonly includeAll?: boolean
  readonly allValue?: string | null
}

export interface AnnotationInput {
  readonly name: string
  readonly expr?: string
  readonly iconColor?: string
}

export interface PanelInput {
  readonly id?: number | null
  readonly type: string
  readonly title?: string
  readonly description?: string
  readonly collapsed?: boolean
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly panels?: readonly PanelInput[]
  readonly targets?: readonly TargetInput[]
  readonly fieldConfig?: {
    readonly defaults?: FieldInput
    readonly overrides?: readonly OverrideInput[]
  }
}

export interface TargetInput {
  readonly expr?: string
  readonly legendFormat?: string
  readonly format?: string
  readonly instant?: boolean
}

export interface FieldInput {
  readonly unit?: string
  readonly min?: number
  readonly max?: number
  readonly thresholds?: { readonly steps?: readonly ThresholdInput[] }
  readonly mappings?: readonly {
    readonly type: string
    readonly options: Readonly<Record<string, { text?: string }>>
  }[]
  readonly custom?: { readonly stacking?: { readonly mode?: string }; readonly fillOpacity?: number }
}

export interface ThresholdInput {
  readonly value: number | null
  readonly color: string
}

export interface OverrideInput {
  readonly matcher: { readonly id: string; readonly options?: string }
  readonly properties: readonly { readonly id: string; readonly value?: unknown }[]
}
