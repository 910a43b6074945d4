import type { LoopPrograms } from '#platform/linux/loop/program.ts'

/** What can run in the poll-loop thread, by the name its driver starts it under. */
export const loopPrograms: LoopPrograms = {
  bfd: () => import('#plugins/native-bgp/io/bfd-program.ts'),
  heartbeats: () => import('./membership/heartbeat-program.ts'),
  l2: () => import('#plugins/l2/io/program.ts'),
  'router-discovery': () => import('#plugins/native-bgp/io/discovery-program.ts'),
}
