/* Where the lab cannot be: what is missing, and what can be shown all the same. */
import { run } from '../command.ts'
import { describeMissing, type Requirements } from '../index.ts'
import { herald, manifestFolder } from './project.ts'
import type { Screen } from './screen.ts'

/** Plays what needs no network: the decisions on the same manifests. Never counts as the walk-through. */
export async function showDecisions(screen: Screen, requirements: Requirements): Promise<number> {
  screen.failed(
    'The walk-through needs real network namespaces and a real router, and this machine lacks something:',
  )
  for (const line of describeMissing(requirements).split('\n')) screen.failed(`  ✗ ${line}`)
  screen.plain('')
  screen.plain('What it can show: the decisions on the same manifests.')
  for (const chapters of [['l2', 'requests'], ['bgp']]) {
    const files = chapters.flatMap((chapter) => ['-f', manifestFolder(chapter)])
    screen.plain('')
    screen.quote(`herald plan ${files.join(' ')}`, await run([process.execPath, herald, 'plan', ...files]))
  }
  return 3
}
