/* An example plugin in a folder of its own, built and with its dependencies, as npm install and tsc leave it. */
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('../..', import.meta.url))

export async function installExample(name: string, folder: string, dependency: string): Promise<void> {
  const example = join(root, 'examples/plugins', name)
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  await cp(join(example, 'herald-plugin.yaml'), join(folder, 'herald-plugin.yaml'))
  await symlink(join(root, 'node_modules', dependency), join(folder, 'node_modules', dependency))
  await symlink(root, join(folder, 'node_modules/heraldlb'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  const build = await rolldown({
    input: { plugin: join(example, 'src/plugin.ts') },
    platform: 'node',
    external: [dependency, 'heraldlb'],
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  })
  await build.write({ dir: join(folder, 'dist'), format: 'esm', entryFileNames: '[name].js' })
  await build.close()
}
