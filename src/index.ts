/* What a plugin author imports: the seam and its vocabulary. `heraldlb/testkit` is the other public entry. */
export {
  brand,
  definePlugin,
  fenceOver,
  type Announcer,
  type AnnouncerHost,
  type AnnouncerPlugin,
  type AnnouncerStatus,
  type DesiredState,
  type Epoch,
  type Fence,
  type FenceStrength,
  type Grant,
  type LoadedPlugin,
  type Observation,
  type Offer,
  type Placement,
  type Resource,
  type Secret,
  type ServiceFacts,
  type Stage,
  type Target,
  type TargetStatus,
  type Unsupported,
} from './core/announcer.ts'
export { FenceWatch, type FenceEvents } from './core/runtime/fence-watch.ts'
export type { Finding } from './core/model/finding.ts'
export { ConfigError } from './core/errors.ts'
export {
  addressFromBytes,
  bytesOf,
  compareAddresses,
  familyOf,
  parseAddress,
  type Address,
  type Family,
} from './core/model/address.ts'
export { milliseconds, seconds, type Duration, type Instant } from './core/model/duration.ts'
export type { Json, JsonObject, JsonSchema } from './core/model/json.ts'
export type {
  Clock,
  Counter,
  Gauge,
  Histogram,
  Labels,
  LogFields,
  Logger,
  MetricScope,
  MetricSpec,
  Random,
} from './core/ports.ts'
