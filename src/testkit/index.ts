/* The published conformance kit: `heraldlb/testkit`. */
export {
  announcerConformance,
  checkConformance,
  type PropertyResult,
  type TestRunner,
} from './conformance.ts'
export { MemoryNetwork, memoryPlugin } from './memory-plugin.ts'
export type { Subject, SubjectFactory } from './subject.ts'
export { FakeClock, settle } from '../core/fakes/fake-clock.ts'
export { fakeHost, type FakeHost, type FakeMetrics, type LogLine } from '../core/fakes/fake-host.ts'
export { fakeRandom } from '../core/fakes/fake-random.ts'
export type { GrantBook, GrantTerms } from '../core/runtime/fence.ts'
