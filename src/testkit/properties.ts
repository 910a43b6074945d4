/* What the kit proves, as data: one sentence and one proof per property. */
import { citizenship } from './properties/citizenship.ts'
import { configuration } from './properties/configuration.ts'
import { interrupted } from './properties/interrupted.ts'
import { reconciling } from './properties/reconciling.ts'
import { staging } from './properties/staging.ts'
import type { Property } from './properties/property.ts'

export const properties: readonly Property[] = [
  ...configuration,
  ...reconciling,
  ...staging,
  ...interrupted,
  ...citizenship,
]
