/* Names of the parts that compose.ts puts together: types of the graph, nothing else. */
import type { InjectionToken } from 'tsyringe'

import type { Clock, Logger, Random } from '#core/ports.ts'
import type { GrantBook } from '#core/runtime/fence.ts'
import type { Metrics } from '#metrics/registry.ts'

import type { SpeakerApp } from './kubernetes/speaker/app.ts'
import type { ClusterWatch } from './kubernetes/speaker/cluster-watch.ts'
import type { SpeakerDecider } from './kubernetes/speaker/decider.ts'
import type { ProbeAnswers } from './kubernetes/speaker/probe-answers.ts'
import type { SpeakerPublisher } from './kubernetes/speaker/publisher.ts'
import type { SnapshotFile } from './kubernetes/speaker/snapshot.ts'
import type { SnapshotKeeper } from './kubernetes/speaker/snapshot-keeper.ts'
import type { StatusWriter } from './kubernetes/speaker/status-writer.ts'
import type { Announced } from './kubernetes/status-page/announced.ts'
import type { Liveness } from './membership/liveness.ts'
import type { StatusSource } from './status-page/source.ts'
import type { StandaloneApp } from './standalone/app.ts'
import type { Decider } from './standalone/decider.ts'
import type { Asking } from './standalone/asking.ts'
import type { Engine } from './standalone/engine.ts'
import type { Fleet } from './node/fleet.ts'
import type { Gatekeeper } from './node/data-path/gatekeeper.ts'
import type { Holders } from './node/holders.ts'
import type { Rights } from './node/rights.ts'
import type { FolderReader } from './standalone/folder/folder-reader.ts'
import type { Publisher } from './standalone/publisher.ts'
import type { TermKeeper } from './standalone/term/term-keeper.ts'
import type { ViewFile } from './node/view/view-file.ts'

export const CLOCK: InjectionToken<Clock> = Symbol('Clock')
export const RANDOM: InjectionToken<Random> = Symbol('Random')
export const LOGGER: InjectionToken<Logger> = Symbol('Logger')
export const METRICS: InjectionToken<Metrics> = Symbol('Metrics')
export const GRANTS: InjectionToken<GrantBook> = Symbol('GrantBook')
export const RIGHTS: InjectionToken<Rights> = Symbol('Rights')
export const READER: InjectionToken<FolderReader> = Symbol('FolderReader')
export const KEEPER: InjectionToken<TermKeeper> = Symbol('TermKeeper')
/** Undefined: the election does not ask. */
export const HOLDERS: InjectionToken<Holders | undefined> = Symbol('Holders')
export const LIVENESS: InjectionToken<Liveness> = Symbol('Liveness')
export const DECIDER: InjectionToken<Decider> = Symbol('Decider')
export const GATEKEEPER: InjectionToken<Gatekeeper> = Symbol('Gatekeeper')
export const FLEET: InjectionToken<Fleet> = Symbol('Fleet')
export const VIEW: InjectionToken<ViewFile> = Symbol('ViewFile')
export const PUBLISHER: InjectionToken<Publisher> = Symbol('Publisher')
export const ENGINE: InjectionToken<Engine> = Symbol('Engine')
export const STANDALONE: InjectionToken<StandaloneApp> = Symbol('StandaloneApp')
export const STATUS_SOURCE: InjectionToken<StatusSource> = Symbol('StatusSource')
export const WATCH: InjectionToken<ClusterWatch> = Symbol('ClusterWatch')
export const SNAPSHOT: InjectionToken<SnapshotFile> = Symbol('SnapshotFile')
export const SNAPSHOTS: InjectionToken<SnapshotKeeper> = Symbol('SnapshotKeeper')
export const SPEAKER_DECIDER: InjectionToken<SpeakerDecider> = Symbol('SpeakerDecider')
export const STATUSES: InjectionToken<StatusWriter> = Symbol('StatusWriter')
export const PROBES: InjectionToken<ProbeAnswers> = Symbol('ProbeAnswers')
export const SPEAKER_PUBLISHER: InjectionToken<SpeakerPublisher> = Symbol('SpeakerPublisher')
export const SPEAKER: InjectionToken<SpeakerApp> = Symbol('SpeakerApp')
export const ANNOUNCED: InjectionToken<Announced> = Symbol('Announced')
/** Absent where addresses are handed out unasked. */
export const ASKING: InjectionToken<Asking | undefined> = Symbol('Asking')
