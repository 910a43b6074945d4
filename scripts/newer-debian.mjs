// Programs of newer Debian releases, unpacked beside this checkout and never installed: the tests run them laid over
// /usr in a mount namespace. apt fetches them, with lists and a state of its own, so that the machine's are untouched.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Each in a folder of its name. `packages`: the program, and the libraries it links against. */
const programs = [
  {
    name: 'frr-10',
    why: 'FRR 10, as Debian 13 has it',
    suite: 'trixie',
    packages: [
      'frr',
      'libc6',
      'libyang3',
      'libjson-c5',
      'libprotobuf-c1',
      'libcap2',
      'libelf1t64',
      'libreadline8t64',
      'libtinfo6',
      'libunwind8',
      'libpcre2-8-0',
      'liblua5.3-0',
    ],
  },
  { name: 'gobgp-4', why: 'GoBGP 4, as Debian 13 has it', suite: 'trixie-backports', packages: ['gobgpd'] },
]

const folder = fileURLToPath(new URL('../node_modules/.newer-debian', import.meta.url))

/** Fetches what is missing; what cannot be fetched is said, and the tests that need it are skipped by name. */
export function unpackNewerDebian(say) {
  for (const program of programs) {
    if (existsSync(join(folder, program.name))) continue
    say(`unpacking ${program.packages[0]} of Debian ${program.suite} into node_modules: ${program.why}`)
    const problem = unpack(program)
    if (problem !== undefined) say(`missing: ${program.name}: ${problem}`)
  }
}

function unpack({ name, suite, packages }) {
  const scratch = mkdtempSync(join(tmpdir(), 'herald-debian-'))
  try {
    const env = { ...process.env, APT_CONFIG: aptRoot(scratch, suite) }
    const target = join(scratch, name)
    mkdirSync(target)
    const problem =
      failure('apt-get', ['update', '-qq'], { env }) ??
      failure('apt-get', ['download', '-qq', '-t', suite, ...packages], { env, cwd: scratch })
    if (problem !== undefined) return problem
    for (const file of readdirSync(scratch).filter((one) => one.endsWith('.deb'))) {
      const fault = failure('dpkg-deb', ['-x', join(scratch, file), target], {})
      if (fault !== undefined) return fault
    }
    // Whole or not at all: a rename within node_modules, after a move that may cross file systems.
    mkdirSync(folder, { recursive: true })
    const half = join(folder, `${name}.part`)
    rmSync(half, { recursive: true, force: true })
    const moved = failure('cp', ['-a', target, half], {})
    if (moved === undefined) renameSync(half, join(folder, name))
    return moved
  } catch (cause) {
    return String(cause)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** An apt that knows this suite only, and no installed package. */
function aptRoot(scratch, suite) {
  for (const path of [
    'etc/apt/preferences.d',
    'etc/apt/apt.conf.d',
    'state/lists/partial',
    'cache/archives/partial',
  ])
    mkdirSync(join(scratch, path), { recursive: true })
  writeFileSync(join(scratch, 'status'), '')
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  const sources = `deb [signed-by=${keyring}] ${mirror()} ${suite} main\n`
  writeFileSync(join(scratch, 'etc/apt/sources.list'), sources)
  const config = join(scratch, 'apt.conf')
  const lines = [
    `Dir "${scratch}";`,
    `Dir::State "${scratch}/state";`,
    `Dir::State::status "${scratch}/status";`,
    `Dir::Cache "${scratch}/cache";`,
    `Dir::Etc "${scratch}/etc/apt";`,
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
  ]
  writeFileSync(config, `${lines.join('\n')}\n`)
  return config
}

/** Where this machine gets its own packages from. */
function mirror() {
  const query = ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']
  const { stdout } = spawnSync('apt-get', query, { encoding: 'utf8' })
  const found = stdout.split('\n').find((uri) => uri !== '' && !uri.includes('security'))
  if (found === undefined) throw new Error('apt names no mirror of Debian')
  return found
}

/** What went wrong, in one line; undefined when nothing did. */
function failure(command, args, options) {
  const { status, error, stderr } = spawnSync(command, args, { ...options, encoding: 'utf8' })
  if (error) return `${command} cannot be run: ${error.message}`
  return status === 0 ? undefined : `${command} ${args[0]}: ${stderr.trim().split('\n').at(-1) ?? status}`
}
